import { LANES } from "../slab/slab.js";
import { openKernels } from "./kernel-module.js";
import type { Kernels } from "./kernel-module.js";
import type { MemoryLayout } from "./memory-layout.js";

/** Kernels over a memory, with room in it for what the stages of a slab need besides the slab. */
export interface KernelSpace {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
  readonly places: ScratchPlaces;
}

/** Addresses for passing use. */
export interface ScratchPlaces {
  /** From one detector row to the next, in samples: a multiple of four, which is how many the kernels take at once. */
  readonly pitch: number;
  /** Eight detector rows each: raw samples, dark, and what they are multiplied by. */
  readonly samples: number;
  readonly dark: number;
  readonly gain: number;
  /** One row of a slab. */
  readonly row: number;
  /** Eight and sixteen 32-bit numbers. */
  readonly mask: number;
  readonly counts: number;
  /** What was asked for beyond that. */
  readonly room: number;
  readonly roomBytes: number;
}

const spaces = new WeakMap<ArrayBufferLike, KernelSpace>();

/** Opens the kernels over a memory for all that is laid out, and a little more; and `roomBytes`, for stages that need much. */
export function openSpace(layout: MemoryLayout, columns: number, roomBytes = 0): KernelSpace {
  const pitch = Math.ceil(columns / 4) * 4;
  const rows = LANES * pitch * 4;
  const places = {
    pitch,
    samples: layout.reserve(rows),
    dark: layout.reserve(rows),
    gain: layout.reserve(rows),
    row: layout.reserveSamples(columns),
    mask: layout.reserve(LANES * 4),
    counts: layout.reserve(LANES * 8),
    room: layout.reserve(roomBytes),
    roomBytes,
  };
  const space = { ...openKernels(layout.bytes), places };
  spaces.set(space.buffer, space);
  return space;
}

/** The kernels that can work on an array where it is; null for an array elsewhere, on which TypeScript works. */
export function getSpace(values: Float32Array): KernelSpace | null {
  return spaces.get(values.buffer) ?? null;
}

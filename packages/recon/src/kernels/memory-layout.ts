import type { RowBounds } from "../stages/circular-mask.js";

/** A cache line: no array shares one with its neighbour. */
const ALIGNMENT = 64;
/** The constants of the kernels lie below. */
const FIRST_ADDRESS = 4096;

/** Bytes of a sample of eight slices in the memory of the kernels. */
export const SAMPLE_BYTES = 32;

/** Deals out a memory of the kernels before there is one: first all places, then the memory, then what is in it. */
export class MemoryLayout {
  #end: number;

  constructor(firstAddress: number = FIRST_ADDRESS) {
    this.#end = firstAddress;
  }

  /** The address of a new place. */
  reserve(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
    return address;
  }

  reserveSamples(count: number): number {
    return this.reserve(count * SAMPLE_BYTES);
  }

  /** Room for a slab, or for eight slices in its place. Rows are written in steps of four samples, so the last may reach beyond. */
  reserveSlab(angles: number, columns: number): number {
    return this.reserveSamples(columns * Math.max(angles, columns) + 4);
  }

  /** How much memory is needed for all places. */
  get bytes(): number {
    return this.#end;
  }
}

/** Writes the fields of a record of `assembly/`, all 32-bit, in the order in which it declares them. */
export function writeRecord(
  buffer: ArrayBuffer,
  address: number,
  fields: Readonly<Record<string, number>>,
): void {
  new Int32Array(buffer, address).set(Object.values(fields));
}

/** Writes the factors of a transform of `length` points: pairs of cos and -sin of 2πk / length. */
export function writeTwiddles(buffer: ArrayBuffer, address: number, length: number): void {
  const table = new Float32Array(buffer, address, 2 * length);
  for (let k = 0; k < length; k++) {
    table[2 * k] = Math.cos((2 * Math.PI * k) / length);
    table[2 * k + 1] = -Math.sin((2 * Math.PI * k) / length);
  }
}

/** Writes for each row (or, the mask being symmetric, each column) of a picture which part of it is reconstructed. */
export function writeBounds(buffer: ArrayBuffer, address: number, { start, end }: RowBounds): void {
  const table = new Int32Array(buffer, address, 2 * start.length);
  for (let line = 0; line < start.length; line++) {
    table[2 * line] = start[line] ?? 0;
    table[2 * line + 1] = end[line] ?? 0;
  }
}

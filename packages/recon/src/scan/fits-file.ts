import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ReconError, inputError } from "../errors/recon-error.js";
import type { Samples } from "../stages/outliers.js";
import { makeSamples } from "./frame-stack.js";
import type { SampleType } from "./frame-stack.js";
import { swapBytes } from "./tiff-file.js";

/** The image of a FITS file (first header and data unit): one frame, or a cube of them. */
export interface FitsImage {
  readonly path: string;
  readonly columns: number;
  readonly rows: number;
  readonly frames: number;
  readonly sampleType: SampleType;
  /** Rows of one frame, in the order of the file: tomography programs ignore that FITS counts rows from below. */
  readRows(frame: number, first: number, last: number): Samples;
}

const BLOCK = 2880;
const CARD = 80;
const STORED: Record<number, SampleType> = {
  8: "uint8",
  16: "int16",
  32: "int32",
  [-32]: "float32",
  [-64]: "float64",
};

/** Opens a FITS image. (FITS standard 4.0, IAU 2018.) @throws {ReconError} `INPUT_FORMAT`, `INPUT_TRUNCATED`. */
export function openFits(path: string): FitsImage {
  const { header, dataOffset, size } = readHeader(path);
  const number = (key: string, fallback: number): number => {
    const value = Number(header.get(key) ?? fallback);
    return Number.isFinite(value) ? value : fallback;
  };
  const stored = STORED[number("BITPIX", 0)];
  const axes = number("NAXIS", 0);
  if (header.get("SIMPLE") !== "T" || stored === undefined || axes < 2) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path} is not a FITS image.`,
      "Frames are grey-scale TIFF or FITS images of numbers.",
    );
  }
  const columns = number("NAXIS1", 0);
  const rows = number("NAXIS2", 0);
  const frames = axes > 2 ? number("NAXIS3", 1) : 1;
  const zero = number("BZERO", 0);
  const scale = number("BSCALE", 1);
  const sampleType = valueType(stored, zero, scale);
  const bytes = Math.abs(number("BITPIX", 0)) / 8;
  if (dataOffset + columns * rows * frames * bytes > size) {
    throw new ReconError(
      "INPUT_TRUNCATED",
      `${path} is incomplete: it ends before its image does.`,
      "Copy the file again and compare the sizes.",
    );
  }
  return {
    path,
    columns,
    rows,
    frames,
    sampleType,
    readRows: (frame, first, last) => {
      const raw = makeSamples(stored, (last - first) * columns);
      const view = new Uint8Array(raw.buffer);
      readAt(path, view, dataOffset + (frame * rows + first) * columns * bytes);
      swapBytes(view, bytes);
      if (sampleType === stored) return raw;
      const samples = makeSamples(sampleType, raw.length);
      for (let i = 0; i < raw.length; i++) samples[i] = (raw[i] ?? 0) * scale + zero;
      return samples;
    },
  };
}

/** FITS has no unsigned 16-bit type: detectors write int16 with an offset of 32768. */
function valueType(stored: SampleType, zero: number, scale: number): SampleType {
  if (zero === 0 && scale === 1) return stored;
  if (stored === "int16" && zero === 32_768 && scale === 1) return "uint16";
  return stored === "int32" && zero === 2_147_483_648 && scale === 1 ? "uint32" : "float32";
}

function readHeader(path: string): { header: Map<string, string>; dataOffset: number; size: number } {
  const header = new Map<string, string>();
  const block = new Uint8Array(BLOCK);
  const size = readSize(path);
  for (let offset = 0; offset + BLOCK <= size; offset += BLOCK) {
    readAt(path, block, offset);
    const text = Buffer.from(block).toString("latin1");
    if (offset === 0 && !text.startsWith("SIMPLE")) break;
    for (let card = 0; card < BLOCK; card += CARD) {
      const key = text.slice(card, card + 8).trim();
      if (key === "END") return { header, dataOffset: offset + BLOCK, size };
      const value = text.slice(card + 10, card + CARD).split("/")[0] ?? "";
      if (key !== "" && !header.has(key)) header.set(key, value.trim());
    }
  }
  if (size === 0) throw new ReconError("INPUT_TRUNCATED", `${path} is empty.`, "Copy it again.");
  throw new ReconError(
    "INPUT_FORMAT",
    `${path} is not a FITS image.`,
    "Frames are grey-scale TIFF or FITS images of numbers.",
  );
}

function readSize(path: string): number {
  return withFile(path, (descriptor) => fstatSync(descriptor).size);
}

function readAt(path: string, target: Uint8Array, offset: number): void {
  withFile(path, (descriptor) => {
    if (readSync(descriptor, target, 0, target.byteLength, offset) !== target.byteLength) {
      throw new ReconError(
        "INPUT_TRUNCATED",
        `${path} is incomplete.`,
        "Copy the file again and compare the sizes.",
      );
    }
  });
}

function withFile<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, "r");
    return use(descriptor);
  } catch (error) {
    throw inputError(path, error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

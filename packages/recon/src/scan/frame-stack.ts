import type { Samples } from "../stages/outliers.js";

export type SampleType = "uint8" | "int16" | "uint16" | "int32" | "uint32" | "float32" | "float64";

interface SamplesConstructor {
  new (buffer: ArrayBufferLike, byteOffset?: number, length?: number): Samples;
  readonly BYTES_PER_ELEMENT: number;
}

/** Types of detector samples, as the file holds them. */
export const SAMPLE_TYPES: Readonly<Record<SampleType, SamplesConstructor>> = {
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};

export function isSampleType(name: string): name is SampleType {
  return Object.hasOwn(SAMPLE_TYPES, name);
}

/** A typed array over `count` samples of `buffer` (new memory if none is given). */
export function makeSamples(
  type: SampleType,
  count: number,
  buffer: ArrayBufferLike = new ArrayBuffer(count * SAMPLE_TYPES[type].BYTES_PER_ELEMENT),
): Samples {
  return new SAMPLE_TYPES[type](buffer, 0, count);
}

/** Frames of one kind (projections, flats or darks), all of one size, wherever they are stored. */
export interface FrameStack {
  readonly count: number;
  readonly rows: number;
  readonly columns: number;
  readonly sampleType: SampleType;
  /** How many neighbouring frames are cheapest to read in one call. */
  readonly framesPerRead: number;
  /** True where some rows of a frame cost as much as the whole of it: read as many rows at once as memory allows. */
  readonly wholeFrames: boolean;
  /**
   * Rows `firstRow`..`lastRow` (exclusive) of frames `first`..`last` (exclusive), `[frame][row][column]`.
   *
   * @throws {ReconError} `INPUT_TRUNCATED`, `INPUT_UNREADABLE`, `SHAPE_MISMATCH` - naming the file.
   */
  read(first: number, last: number, firstRow: number, lastRow: number): Promise<Samples>;
  /** Where a frame is, for messages: a file, or a file and the number of the frame in it. */
  describe(frame: number): string;
}

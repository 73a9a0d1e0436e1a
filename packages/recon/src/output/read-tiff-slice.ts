import { TiffFile } from "../scan/tiff-file.js";

/** A slice as it was written. */
export interface TiffSlice {
  readonly columns: number;
  readonly rows: number;
  /** `[row][column]`; attenuation per pixel or per length, as the description says. 16-bit samples are scaled back. */
  readonly values: Float32Array;
  readonly description: string | null;
}

/**
 * Reads a slice, or any other single grey-scale TIFF.
 *
 * @throws {ReconError} `INPUT_MISSING`, `INPUT_TRUNCATED`, `INPUT_FORMAT`.
 */
export async function readTiffSlice(path: string): Promise<TiffSlice> {
  const file = TiffFile.open(path);
  const [page] = file.pages;
  if (page === undefined) throw new RangeError(`${path} has no page.`);
  const samples = await file.readRows(0, 0, page.rows);
  const values = samples instanceof Float32Array ? samples : Float32Array.from(samples);
  const limits = /"limits":\{"low":([^,]+),"high":([^}]+)\}/.exec(page.description ?? "");
  if (limits !== null && page.sampleType === "uint16") {
    const [low, high] = [Number(limits[1]), Number(limits[2])];
    for (let i = 0; i < values.length; i++) values[i] = low + ((values[i] ?? 0) * (high - low)) / 65_535;
  }
  return { columns: page.columns, rows: page.rows, values, description: page.description };
}

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ReconError, getErrorText, inputError } from "../errors/recon-error.js";
import type { Samples } from "../stages/outliers.js";
import { SAMPLE_TYPES, isSampleType, makeSamples } from "./frame-stack.js";
import type { SampleType } from "./frame-stack.js";

/** One image of a TIFF file, as its directory describes it. */
export interface TiffPage {
  readonly columns: number;
  readonly rows: number;
  readonly sampleType: SampleType;
  readonly bigEndian: boolean;
  readonly description: string | null;
  readonly compression: number;
  /** Strips of plain samples; null where only a full decoder can read them (compressed, tiled). */
  readonly strips: { readonly offsets: readonly number[]; readonly rowsPerStrip: number } | null;
}

const TAG = {
  columns: 256,
  rows: 257,
  bits: 258,
  compression: 259,
  description: 270,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripBytes: 279,
  tileWidth: 322,
  sampleFormat: 339,
} as const;

const TYPE_BYTES: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
const SAMPLE_FORMATS: Record<number, string> = { 1: "uint", 2: "int", 3: "float" };

/** A TIFF or BigTIFF file: its pages, read without loading the samples. (TIFF 6.0, Adobe 1992; BigTIFF, 2004.) */
export class TiffFile {
  readonly path: string;
  readonly pages: readonly TiffPage[];

  private constructor(path: string, pages: readonly TiffPage[]) {
    this.path = path;
    this.pages = pages;
  }

  /** @throws {ReconError} `INPUT_FORMAT` - not a TIFF, or of several colours; `INPUT_TRUNCATED` - cut off. */
  static open(path: string): TiffFile {
    return withDescriptor(path, (descriptor) => new TiffFile(path, readPages(path, descriptor)));
  }

  /** Rows `first`..`last` (exclusive) of a page, `[row][column]`. */
  async readRows(pageIndex: number, first: number, last: number): Promise<Samples> {
    const page = this.pages[pageIndex];
    if (page === undefined) throw new RangeError(`${this.path} has no page ${pageIndex}.`);
    const { strips } = page;
    if (strips === null) return this.#decode(pageIndex, page, first, last);
    return withDescriptor(this.path, (descriptor) => {
      const samples = makeSamples(page.sampleType, (last - first) * page.columns);
      const bytes = new Uint8Array(samples.buffer);
      const rowBytes = page.columns * samples.BYTES_PER_ELEMENT;
      for (let row = first; row < last;) {
        const strip = Math.floor(row / strips.rowsPerStrip);
        const end = Math.min(last, (strip + 1) * strips.rowsPerStrip);
        const offset = (strips.offsets[strip] ?? 0) + (row - strip * strips.rowsPerStrip) * rowBytes;
        const wanted = (end - row) * rowBytes;
        if (readSync(descriptor, bytes, (row - first) * rowBytes, wanted, offset) !== wanted)
          throw truncated(this.path);
        row = end;
      }
      if (page.bigEndian) swapBytes(bytes, samples.BYTES_PER_ELEMENT);
      return samples;
    });
  }

  /** Compressed and tiled images go through geotiff, which knows all of them. */
  async #decode(pageIndex: number, page: TiffPage, first: number, last: number): Promise<Samples> {
    const { fromFile } = await import("geotiff");
    try {
      const file = await fromFile(this.path);
      try {
        const image = await file.getImage(pageIndex);
        const [band] = await image.readRasters({ window: [0, first, page.columns, last], interleave: false });
        if (band instanceof SAMPLE_TYPES[page.sampleType]) return band;
        throw new Error("unexpected sample type");
      } finally {
        await file.close();
      }
    } catch (error) {
      throw new ReconError(
        "INPUT_TRUNCATED",
        `${this.path} could not be decoded (TIFF compression ${page.compression}): ${getErrorText(error)}.`,
        "Copy the file again; if it is whole, store it without compression.",
        { cause: error },
      );
    }
  }
}

function withDescriptor<T>(path: string, use: (descriptor: number) => T): T {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw inputError(path, error);
  }
  try {
    return use(descriptor);
  } catch (error) {
    throw error instanceof ReconError || error instanceof RangeError ? error : inputError(path, error);
  } finally {
    closeSync(descriptor);
  }
}

function truncated(path: string): ReconError {
  return new ReconError(
    "INPUT_TRUNCATED",
    `${path} is incomplete: it ends before its last image does.`,
    "Copy the file again and compare the sizes.",
  );
}

function notTiff(path: string, why: string): ReconError {
  return new ReconError(
    "INPUT_FORMAT",
    `${path}: ${why}.`,
    "Frames are grey-scale TIFF or FITS images of numbers.",
  );
}

type TagValues = Map<number, readonly number[]>;

function readPages(path: string, descriptor: number): TiffPage[] {
  const { size } = fstatSync(descriptor);
  const read = (offset: number, length: number): DataView => {
    const buffer = Buffer.alloc(length);
    if (offset + length > size || readSync(descriptor, buffer, 0, length, offset) !== length)
      throw truncated(path);
    return new DataView(buffer.buffer, buffer.byteOffset, length);
  };
  if (size === 0) throw truncated(path);
  if (size < 8) throw notTiff(path, "not a TIFF image");
  const head = read(0, Math.min(16, size));
  const order = head.getUint16(0);
  const little = order === 0x4949;
  if (!little && order !== 0x4d4d) throw notTiff(path, "not a TIFF image");
  const version = head.getUint16(2, little);
  if (version !== 42 && version !== 43) throw notTiff(path, "not a TIFF image");
  const big = version === 43;
  const getOffset = (view: DataView, at: number): number =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const getNumber = (view: DataView, at: number, type: number): number => {
    const bytes = TYPE_BYTES[type] ?? 1;
    if (bytes === 1) return view.getUint8(at);
    if (bytes === 2) return view.getUint16(at, little);
    return bytes === 4 ? view.getUint32(at, little) : Number(view.getBigUint64(at, little));
  };
  const entryBytes = big ? 20 : 12;
  const inlineBytes = big ? 8 : 4;
  const pages: TiffPage[] = [];
  const visited = new Set<number>();
  let next = big ? getOffset(head, 8) : getOffset(head, 4);
  while (next !== 0) {
    if (visited.has(next)) throw notTiff(path, "its directories form a loop");
    visited.add(next);
    const count = big ? Number(read(next, 8).getBigUint64(0, little)) : read(next, 2).getUint16(0, little);
    const start = next + (big ? 8 : 2);
    const directory = read(start, count * entryBytes + inlineBytes);
    const tags: TagValues = new Map();
    let description: string | null = null;
    for (let i = 0; i < count; i++) {
      const at = i * entryBytes;
      const tag = directory.getUint16(at, little);
      const type = directory.getUint16(at + 2, little);
      const values = big
        ? Number(directory.getBigUint64(at + 4, little))
        : directory.getUint32(at + 4, little);
      const bytes = (TYPE_BYTES[type] ?? 1) * values;
      const valueAt = at + (big ? 12 : 8);
      const isWanted = Object.values(TAG).some((wanted) => wanted === tag);
      if (!isWanted) continue;
      const view = bytes <= inlineBytes ? directory : read(getOffset(directory, valueAt), bytes);
      const from = bytes <= inlineBytes ? valueAt : 0;
      if (tag === TAG.description) {
        description = Buffer.from(view.buffer, view.byteOffset + from, Math.max(0, values))
          .toString("utf8")
          .replace(/\0+$/, "");
      } else
        tags.set(
          tag,
          Array.from({ length: values }, (_, k) => getNumber(view, from + k * (TYPE_BYTES[type] ?? 1), type)),
        );
    }
    pages.push(makePage(path, tags, description, !little, size));
    next = getOffset(directory, count * entryBytes);
  }
  if (pages.length === 0) throw notTiff(path, "it holds no image");
  return pages;
}

function makePage(
  path: string,
  tags: TagValues,
  description: string | null,
  bigEndian: boolean,
  size: number,
): TiffPage {
  const one = (tag: number, fallback: number): number => tags.get(tag)?.[0] ?? fallback;
  const columns = one(TAG.columns, 0);
  const rows = one(TAG.rows, 0);
  if (one(TAG.samplesPerPixel, 1) !== 1) throw notTiff(path, "a colour image, not a detector frame");
  const sampleType = `${SAMPLE_FORMATS[one(TAG.sampleFormat, 1)] ?? "unknown"}${one(TAG.bits, 1)}`;
  if (!isSampleType(sampleType)) throw notTiff(path, `samples of type ${sampleType} are not read`);
  const compression = one(TAG.compression, 1);
  const offsets = tags.get(TAG.stripOffsets) ?? [];
  const plain = compression === 1 && !tags.has(TAG.tileWidth) && offsets.length > 0;
  const rowsPerStrip = Math.min(rows, one(TAG.rowsPerStrip, rows));
  const rowBytes = columns * SAMPLE_TYPES[sampleType].BYTES_PER_ELEMENT;
  if (plain) {
    // The whole image must be there: this is how a copy that was cut off is noticed before the work begins.
    for (const [strip, offset] of offsets.entries()) {
      const stripRows = Math.min(rowsPerStrip, rows - strip * rowsPerStrip);
      if (stripRows > 0 && offset + stripRows * rowBytes > size) throw truncated(path);
    }
  }
  return {
    columns,
    rows,
    sampleType,
    bigEndian,
    description,
    compression,
    strips: plain ? { offsets, rowsPerStrip } : null,
  };
}

/** Reverses the bytes of each sample in place. */
export function swapBytes(bytes: Uint8Array, size: number): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (size === 2) buffer.swap16();
  else if (size === 4) buffer.swap32();
  else if (size === 8) buffer.swap64();
}

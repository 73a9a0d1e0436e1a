/** Samples that a slice may be written as. */
export type SliceSamples = Float32Array | Uint16Array;

export interface TiffOptions {
  /** Text of the ImageDescription tag. */
  readonly description?: string;
  readonly software?: string;
  /** BigTIFF, with 64-bit offsets; needed beyond 4 GiB, and then chosen by itself. */
  readonly bigTiff?: boolean;
}

const SHORT = 3;
const LONG = 4;
const ASCII = 2;
const LONG8 = 16;

/** What classic TIFF can address, less room for the header. */
const CLASSIC_LIMIT = 2 ** 32 - 2 ** 16;

/**
 * Renders a grey-scale image as an uncompressed little-endian TIFF of one strip: header and samples, to be written one after the
 * other. (TIFF 6.0, Adobe 1992.)
 */
export function renderTiff(
  samples: SliceSamples,
  columns: number,
  rows: number,
  options: TiffOptions = {},
): Uint8Array[] {
  const data = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const big = options.bigTiff ?? data.byteLength > CLASSIC_LIMIT;
  const text = (value: string): Buffer => Buffer.from(`${value}\0`, "utf8");
  const isFloat = samples instanceof Float32Array;
  // Tags in ascending order, as the format demands. The strip's offset is known only once the texts are placed.
  const tags: { tag: number; type: number; value: number | Buffer }[] = [
    { tag: 256, type: LONG, value: columns },
    { tag: 257, type: LONG, value: rows },
    { tag: 258, type: SHORT, value: isFloat ? 32 : 16 },
    { tag: 259, type: SHORT, value: 1 },
    { tag: 262, type: SHORT, value: 1 },
    ...(options.description === undefined
      ? []
      : [{ tag: 270, type: ASCII, value: text(options.description) }]),
    { tag: 273, type: big ? LONG8 : LONG, value: 0 },
    { tag: 277, type: SHORT, value: 1 },
    { tag: 278, type: LONG, value: rows },
    { tag: 279, type: big ? LONG8 : LONG, value: data.byteLength },
    ...(options.software === undefined ? [] : [{ tag: 305, type: ASCII, value: text(options.software) }]),
    { tag: 339, type: SHORT, value: isFloat ? 3 : 1 },
  ];
  const headBytes = big ? 16 : 8;
  const entryBytes = big ? 20 : 12;
  const inlineBytes = big ? 8 : 4;
  let end = headBytes + (big ? 8 : 2) + tags.length * entryBytes + inlineBytes;
  const placed = tags.map((entry) => {
    const at = end;
    if (typeof entry.value !== "number" && entry.value.length > inlineBytes) end += entry.value.length;
    return { ...entry, at };
  });
  const dataOffset = Math.ceil(end / 16) * 16;
  const head = Buffer.alloc(dataOffset);
  const writeOffset = (value: number, at: number): void => {
    if (big) head.writeBigUInt64LE(BigInt(value), at);
    else head.writeUInt32LE(value, at);
  };
  head.write("II", 0, "latin1");
  head.writeUInt16LE(big ? 43 : 42, 2);
  if (big) head.writeUInt16LE(8, 4);
  writeOffset(headBytes, big ? 8 : 4);
  if (big) head.writeBigUInt64LE(BigInt(tags.length), headBytes);
  else head.writeUInt16LE(tags.length, headBytes);
  let at = headBytes + (big ? 8 : 2);
  for (const { tag, type, value, at: place } of placed) {
    const count = typeof value === "number" ? 1 : value.length;
    head.writeUInt16LE(tag, at);
    head.writeUInt16LE(type, at + 2);
    writeOffset(count, at + 4);
    const valueAt = at + (big ? 12 : 8);
    if (typeof value !== "number") {
      if (value.length > inlineBytes) {
        writeOffset(place, valueAt);
        value.copy(head, place);
      } else value.copy(head, valueAt);
    } else if (type === SHORT) head.writeUInt16LE(value, valueAt);
    else if (type === LONG) head.writeUInt32LE(value, valueAt);
    else head.writeBigUInt64LE(BigInt(value), valueAt);
    if (tag === 273) writeOffset(dataOffset, valueAt);
    at += entryBytes;
  }
  return [head, data];
}

import { crc32, deflateSync } from "node:zlib";
import { quantile } from "../numerics/median.js";

export interface PngOptions {
  /** Value shown black. @defaultValue the 0.5 percentile */
  readonly low?: number;
  /** Value shown white. @defaultValue the 99.8 percentile */
  readonly high?: number;
}

/**
 * Renders values, `[row][column]`, as an 8-bit grey PNG, for eyes only: the limits cut off the brightest and darkest pixels.
 * (PNG, W3C 2003.)
 */
export function renderPng(
  values: ArrayLike<number>,
  columns: number,
  rows: number,
  options: PngOptions = {},
): Buffer {
  const sample = everyNth(values, 200_000);
  const low = options.low ?? quantile(sample, 0.005);
  const high = options.high ?? quantile(sample, 0.998);
  const scale = high > low ? 255 / (high - low) : 0;
  const lines = Buffer.alloc(rows * (columns + 1));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const grey = ((values[row * columns + column] ?? 0) - low) * scale;
      // NaN compares false both ways and comes out black.
      lines[row * (columns + 1) + 1 + column] = grey >= 255 ? 255 : grey > 0 ? Math.round(grey) : 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(columns, 0);
  header.writeUInt32BE(rows, 4);
  header[8] = 8;
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(lines, { level: 6 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc32(body), body.length + 4);
  return frame;
}

/** Enough values to know the percentiles by. */
function everyNth(values: ArrayLike<number>, most: number): Float64Array {
  const step = Math.max(1, Math.floor(values.length / most));
  return Float64Array.from({ length: Math.floor(values.length / step) }, (_, i) => values[i * step] ?? 0);
}

import { closeSync, openSync, readFileSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { fromArrayBuffer } from "geotiff";
import { afterAll, describe, expect, it } from "vitest";
import { getError } from "../testing/get-error.js";
import { makeFolder } from "../testing/run-program.js";
import { writeWhole } from "./partial-file.js";
import { renderPng } from "./png.js";
import { readTiffSlice } from "./read-tiff-slice.js";
import { scaleToUint16 } from "./scale-samples.js";
import { renderTiff } from "./tiff-writer.js";

const folder = makeFolder();
afterAll(() => folder.remove());

const VALUES = Float32Array.from({ length: 12 }, (_, i) => i / 7 - 0.3);

describe("renderTiff", () => {
  it.each([false, true])("is read by another program as it was written (BigTIFF: %s)", async (bigTiff) => {
    const bytes = Buffer.concat(
      renderTiff(VALUES, 4, 3, { bigTiff, description: "slice 7", software: "test" }),
    );
    const file = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const image = await file.getImage();
    const [band] = await image.readRasters({ interleave: false });
    expect([image.getWidth(), image.getHeight()]).toEqual([4, 3]);
    expect(band).toEqual(VALUES);
    expect(bytes.readUInt16LE(2)).toBe(bigTiff ? 43 : 42);
    const path = join(folder.path, `slice-${bigTiff}.tif`);
    writeFileSync(path, bytes);
    expect(await readTiffSlice(path)).toEqual({
      columns: 4,
      rows: 3,
      values: VALUES,
      description: "slice 7",
    });
  });

  it("keeps 16-bit slices and their limits, from which the values come back", async () => {
    const limits = { low: -0.5, high: 2 };
    const { samples, cut } = scaleToUint16(VALUES, limits);
    const path = join(folder.path, "scaled.tif");
    writeWhole(path, renderTiff(samples, 4, 3, { description: JSON.stringify({ row: 1, limits }) }));
    const slice = await readTiffSlice(path);
    expect(cut).toBe(0);
    for (const [i, value] of slice.values.entries()) expect(value).toBeCloseTo(VALUES[i] ?? 0, 4);
    expect(scaleToUint16(VALUES, { low: 0, high: 1 }).cut).toBeGreaterThan(0);
  });

  it("says that a slice was cut off", async () => {
    const path = join(folder.path, "cut.tif");
    writeFileSync(path, Buffer.concat(renderTiff(VALUES, 4, 3)).subarray(0, -5));
    {
      const error = await getError(readTiffSlice(path));
      expect(error.code).toBe("INPUT_TRUNCATED");
      expect(error.message).toContain(path);
    }
  });
});

describe("renderPng", () => {
  it("has the pixels between black and white", () => {
    const png = renderPng([0, 1, 2, Number.NaN], 2, 2, { low: 0, high: 2 });
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    const at = png.indexOf("IDAT");
    expect([...inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)))]).toEqual([
      0, 0, 128, 0, 255, 0,
    ]);
  });
});

describe("writeWhole", () => {
  it("leaves nothing behind when it can't write", () => {
    expect(() => writeWhole(join(folder.path, "missing", "a.tif"), [new Uint8Array(3)])).toThrow(
      /could not be written/,
    );
    expect(() => writeWhole(folder.path, [new Uint8Array(3)])).toThrow(/could not be written/);
    expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("replaces a file only by a whole one", () => {
    const path = join(folder.path, "file");
    const descriptor = openSync(path, "w");
    writeSync(descriptor, "old");
    closeSync(descriptor);
    writeWhole(path, [Buffer.from("ne"), Buffer.from("w")]);
    expect(readFileSync(path, "utf8")).toBe("new");
  });
});

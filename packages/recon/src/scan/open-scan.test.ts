import { copyFileSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { renderTiff } from "../output/tiff-writer.js";
import { writePhantomScan } from "../phantom/write-phantom-scan.js";
import type { PhantomScan } from "../phantom/phantom-scan.js";
import { getError } from "../testing/get-error.js";
import { makeFolder } from "../testing/run-program.js";
import { writeStack } from "../testing/write-stack.js";
import { checkScan } from "./check-scan.js";
import { loadHdf5 } from "./hdf5-file.js";
import { findMissingNumbers, sortByNumber } from "./image-frames.js";
import { openScan } from "./open-scan.js";
import type { Scan, ScanOptions } from "./scan.js";

const folder = makeFolder();
const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
let phantom: PhantomScan;

beforeAll(async () => {
  const options = { columns: 24, rows: 5, angles: 12, fieldFrames: 3 };
  phantom = await writePhantomScan(at("scan.nxs"), options);
  await writePhantomScan(at("scan.h5"), { ...options, format: "data-exchange", compressed: true });
  writeStack(at("stack"), phantom);
});
afterAll(() => folder.remove());

async function withScan<T>(
  path: string,
  options: ScanOptions,
  use: (scan: Scan) => Promise<T> | T,
): Promise<T> {
  const scan = await openScan(path, options);
  try {
    return await use(scan);
  } finally {
    scan.close();
  }
}

const problems = (path: string, options: ScanOptions = {}): Promise<string[]> =>
  withScan(path, options, (scan) =>
    checkScan(scan, "counts", options.dark === "none").problems.map(
      ({ code, message, hint }) => `${code} ${message} ${hint}`,
    ),
  );

describe("openScan", () => {
  it.each([
    ["scan.nxs", "nxtomo"],
    ["scan.h5", "data-exchange"],
    ["stack", "image-stack"],
    ["stack/Tomo", "image-stack"],
  ])("reads the same frames, fields and angles from %s", async (name, format) => {
    await withScan(at(name), {}, async (scan) => {
      expect(scan.format).toBe(format);
      expect([scan.projections.count, scan.flats?.count, scan.darks?.count]).toEqual([12, 3, 3]);
      expect([scan.projections.rows, scan.projections.columns, scan.projections.sampleType]).toEqual([
        5,
        24,
        "uint16",
      ]);
      expect(scan.angles?.radians.at(-1)).toBeCloseTo((165 * Math.PI) / 180, 6);
      const rows = await scan.projections.read(10, 12, 2, 4);
      expect(rows).toEqual(
        Uint16Array.of(
          ...phantom.projection(10).subarray(48, 96),
          ...phantom.projection(11).subarray(48, 96),
        ),
      );
      // Before and after count alike, in the order of the folders' names.
      expect(
        await scan.flats?.read(format === "image-stack" ? 0 : 2, format === "image-stack" ? 1 : 3, 0, 5),
      ).toEqual(phantom.flat(2));
      expect(await scan.darks?.read(0, 1, 4, 5)).toEqual(phantom.dark(0).subarray(96));
      expect(checkScan(scan, "counts", false).problems).toEqual([]);
    });
  });

  it("knows the pixel size of NXtomo", async () => {
    expect(await withScan(at("scan.nxs"), {}, (scan) => scan.pixelSizeMetres)).toBeCloseTo(29e-6, 12);
  });

  it("takes angles, flats and darks from where it is told", async () => {
    writeFileSync(at("a.txt"), Array.from({ length: 12 }, (_, i) => i * 30).join("\n"));
    const options = {
      angles: at("a.txt"),
      flat: at("stack", "Flat_After"),
      dark: at("stack", "Dark_Before", "IMAT_Dark_Before_1.tif"),
    };
    await withScan(at("scan.h5"), options, (scan) => {
      expect(scan.angles?.radians[11]).toBeCloseTo((330 * Math.PI) / 180, 9);
      expect([scan.flats?.count, scan.darks?.count]).toEqual([1, 1]);
    });
    await withScan(at("scan.h5"), { maxAngle: 360 }, (scan) =>
      expect(scan.angles?.radians[11]).toBeCloseTo(2 * Math.PI, 9),
    );
    await withScan(at("scan.h5"), { angles: "0:180" }, (scan) =>
      expect(scan.angles?.radians[11]).toBeCloseTo((165 * Math.PI) / 180, 9),
    );
  });

  it("follows external links, and paths given by hand, in a file of an unknown layout", async () => {
    const { File } = await loadHdf5();
    const file = new File(at("linked.h5"), "w");
    const group = file.create_group("entry");
    for (const name of ["detector/data", "detector/image_key"]) {
      group.create_external_link("scan.nxs", `/entry1/tomo_entry/instrument/${name}`, basename(name));
    }
    group.create_external_link("scan.nxs", "/entry1/tomo_entry/sample/rotation_angle", "theta");
    file.close();
    {
      const error = await getError(openScan(at("linked.h5")));
      expect(error.code).toBe("INPUT_FORMAT");
      expect(error.hint).toContain("--hdf5-data");
    }
    const options = { hdf5Data: "/entry/data", hdf5ImageKey: "/entry/image_key", hdf5Angles: "/entry/theta" };
    await withScan(at("linked.h5"), options, async (scan) => {
      expect([scan.projections.count, scan.flats?.count, scan.angles?.radians.length]).toEqual([12, 3, 12]);
      expect(await scan.projections.read(3, 4, 0, 5)).toEqual(phantom.projection(3));
    });
  });

  it("reads compressed and big-endian TIFF", async () => {
    mkdirSync(at("odd"));
    const plain = Buffer.concat(renderTiff(phantom.projection(0), 24, 5));
    // The same image as big-endian: header, one directory, samples.
    const swapped = Buffer.from(phantom.projection(0).buffer.slice(0)).swap16();
    const tags = [
      [256, 4, 24],
      [257, 4, 5],
      [258, 3, 16 * 65_536],
      [259, 3, 65_536],
      [273, 4, 8 + 2 + 7 * 12 + 4],
      [278, 4, 5],
      [279, 4, swapped.length],
    ] as const;
    const head = Buffer.alloc(8 + 2 + 7 * 12 + 4);
    head.write("MM", 0);
    head.writeUInt16BE(42, 2);
    head.writeUInt32BE(8, 4);
    head.writeUInt16BE(tags.length, 8);
    for (const [i, [tag, type, value]] of tags.entries()) {
      head.writeUInt16BE(tag, 10 + i * 12);
      head.writeUInt16BE(type, 12 + i * 12);
      head.writeUInt32BE(1, 14 + i * 12);
      head.writeUInt32BE(value, 18 + i * 12);
    }
    writeFileSync(at("odd", "f_1.tif"), plain);
    writeFileSync(at("odd", "f_2.tif"), Buffer.concat([head, swapped]));
    await withScan(at("odd"), {}, async (scan) => {
      const both = await scan.projections.read(0, 2, 1, 3);
      expect(both.subarray(0, 48)).toEqual(phantom.projection(0).subarray(24, 72));
      expect(both.subarray(48)).toEqual(both.subarray(0, 48));
    });
  });
});

describe("what is wrong with an input", () => {
  it.each<[string, () => string, string, string]>([
    ["is missing", () => at("nowhere.nxs"), "INPUT_MISSING", "nowhere.nxs does not exist"],
    ["is text", () => writeText("notes.txt", "hello"), "INPUT_FORMAT", "notes.txt is neither HDF5 nor"],
    [
      "is text by an HDF5 name",
      () => writeText("fake.nxs", "hello, not HDF5 at all"),
      "INPUT_FORMAT",
      "fake.nxs is not an HDF5 file",
    ],
    ["is empty", () => writeText("empty.h5", ""), "INPUT_TRUNCATED", "empty.h5 is empty"],
    ["was cut off", () => cutOff("scan.nxs", "cut.nxs"), "INPUT_TRUNCATED", "cut.nxs is incomplete"],
    [
      "is a folder without images",
      () => emptyFolder("bare"),
      "INPUT_FORMAT",
      "bare has no TIFF or FITS images",
    ],
    [
      "is no TIFF",
      () => writeText("fake.tif", "hello, not a TIFF"),
      "INPUT_FORMAT",
      "fake.tif: not a TIFF image",
    ],
  ])("%s", async (_, make, code, text) => {
    {
      const error = await getError(openScan(make()));
      expect(error.code).toBe(code);
      expect(error.message).toContain(text);
    }
  });

  it("no flats, no darks, no angles: each with its remedy", async () => {
    const found = await problems(at("stack", "Tomo"), { flat: "none" });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^FLATS_MISSING .*stack\/Tomo has no flat.*--flat FOLDER/);
    expect((await problems(at("stack"), { dark: "none" })).length).toBe(0);
    writeStack(at("nolog"), phantom, { log: false });
    rmSync(at("nolog", "Dark_Before"), { recursive: true });
    const [darks, angles] = await problems(at("nolog"));
    expect(darks).toMatch(/^DARKS_MISSING .*--dark none/);
    expect(angles).toMatch(/^ANGLES_MISSING .*12 projections.*--angles FILE.*--max-angle/);
  });

  it("another number of angles than of projections, with a guess at why", async () => {
    writeFileSync(at("18.txt"), Array.from({ length: 18 }, (_, i) => i * 10).join("\n"));
    writeFileSync(at("11.txt"), Array.from({ length: 11 }, (_, i) => i * 10).join("\n"));
    expect((await problems(at("stack"), { angles: at("18.txt") }))[0]).toMatch(
      /^ANGLES_MISMATCH 12 projections but 18 angles .*flats and darks/,
    );
    expect((await problems(at("stack"), { angles: at("11.txt") }))[0]).toMatch(
      /^ANGLES_MISMATCH 12 projections but 11 angles .*complete/,
    );
  });

  it("a frame of another size, or cut off, named by its file", async () => {
    writeStack(at("mixed"), phantom);
    writeFileSync(
      at("mixed", "Tomo", "IMAT_Tomo_7.tif"),
      Buffer.concat(renderTiff(new Uint16Array(20), 4, 5)),
    );
    const read = () => withScan(at("mixed"), {}, (scan) => scan.projections.read(0, 12, 0, 5));
    {
      const error = await getError(read());
      expect(error.code).toBe("SHAPE_MISMATCH");
      expect(error.message).toContain("IMAT_Tomo_7.tif is 4×5");
    }
    copyFileSync(at("mixed", "Tomo", "IMAT_Tomo_6.tif"), at("mixed", "Tomo", "IMAT_Tomo_7.tif"));
    truncateSync(at("mixed", "Tomo", "IMAT_Tomo_7.tif"), 200);
    {
      const error = await getError(read());
      expect(error.code).toBe("INPUT_TRUNCATED");
      expect(error.message).toContain("IMAT_Tomo_7.tif is incomplete");
    }
    rmSync(at("mixed", "Tomo", "IMAT_Tomo_7.tif"));
    expect(await withScan(at("mixed"), {}, (scan) => scan.notes.join())).toContain("skip number 7");
    expect((await problems(at("mixed")))[0]).toMatch(/^ANGLES_MISMATCH 11 projections but 12 angles/);
  });

  it("a damaged chunk, named by its frame", async () => {
    const bytes = readFileSync(at("scan.h5"));
    // Overwrite the middle of the file: most of it is compressed frames.
    bytes.fill(0x55, bytes.length / 3, bytes.length / 2);
    writeFileSync(at("damaged.h5"), bytes);
    {
      const error = await getError(
        withScan(at("damaged.h5"), {}, (scan) => scan.projections.read(0, 12, 0, 5)),
      );
      expect(error.code).toBe("INPUT_TRUNCATED");
      expect(error.message).toMatch(/damaged\.h5: frame \d+ of \/exchange\/data could not be read/);
    }
  });
});

describe("names of images", () => {
  it("are sorted by number, and gaps are found", () => {
    expect(sortByNumber(["f_10.tif", "f_9.tif", "f_1000.tif", "f_999.tif"])).toEqual([
      "f_9.tif",
      "f_10.tif",
      "f_999.tif",
      "f_1000.tif",
    ]);
    expect(findMissingNumbers(["f_1.tif", "f_2.tif", "f_5.tif"])).toEqual([3, 4]);
    expect(findMissingNumbers(["a.tif", "f_2.tif"])).toEqual([]);
  });
});

function writeText(name: string, text: string): string {
  writeFileSync(at(name), text);
  return at(name);
}
function cutOff(name: string, copy: string): string {
  copyFileSync(at(name), at(copy));
  truncateSync(at(copy), 5000);
  return at(copy);
}
function emptyFolder(name: string): string {
  mkdirSync(at(name));
  return at(name);
}

import { basename } from "node:path";
import { ReconError } from "../errors/recon-error.js";
import type { Samples } from "../stages/outliers.js";
import { openFits } from "./fits-file.js";
import { makeSamples } from "./frame-stack.js";
import type { FrameStack, SampleType } from "./frame-stack.js";
import { TiffFile } from "./tiff-file.js";

/** An image file that holds one or more frames. */
interface ImageFile {
  readonly frames: number;
  readonly rows: number;
  readonly columns: number;
  readonly sampleType: SampleType;
  readonly isCompressed: boolean;
  readRows(frame: number, first: number, last: number): Promise<Samples>;
}

const IMAGE_NAME = /\.(tiff?|fits?)$/i;

/** Whether a name is that of an image we read. */
export function isImageName(name: string): boolean {
  return IMAGE_NAME.test(name) && !name.startsWith(".");
}

/** Numbers as numbers: frame_9 before frame_10, and 999 before 1000 where the digits outgrow their width. */
const byNumber = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

export function sortByNumber(names: readonly string[]): string[] {
  return [...names].sort((a, b) => byNumber.compare(a, b));
}

/** Numbers that are missing from a row of names like `raw_00000.tif`, from the first to the last. */
export function findMissingNumbers(names: readonly string[]): number[] {
  const numbers = names.map((name) => Number(/(\d+)\.\w+$/.exec(basename(name))?.[1] ?? Number.NaN));
  if (numbers.some((number) => Number.isNaN(number)) || numbers.length === 0) return [];
  const present = new Set(numbers);
  const first = Math.min(...numbers);
  const last = Math.max(...numbers);
  const missing: number[] = [];
  for (let number = first; number <= last && missing.length < 100; number++) {
    if (!present.has(number)) missing.push(number);
  }
  return missing.length < 100 ? missing : [];
}

/** Opens one image file. */
export function openImage(path: string): ImageFile {
  if (/\.fits?$/i.test(path)) {
    const fits = openFits(path);
    return {
      frames: fits.frames,
      rows: fits.rows,
      columns: fits.columns,
      sampleType: fits.sampleType,
      isCompressed: false,
      readRows: async (frame, first, last) => fits.readRows(frame, first, last),
    };
  }
  const tiff = TiffFile.open(path);
  const [page] = tiff.pages;
  if (page === undefined) throw new RangeError(`${path} has no page.`);
  for (const [index, other] of tiff.pages.entries()) {
    if (other.rows !== page.rows || other.columns !== page.columns || other.sampleType !== page.sampleType) {
      throw new ReconError(
        "SHAPE_MISMATCH",
        `${path}: page ${index + 1} is ${other.columns}×${other.rows} ${other.sampleType}, the first ${page.columns}×${page.rows} ${page.sampleType}.`,
        "All frames of a scan have one size and type.",
      );
    }
  }
  return {
    frames: tiff.pages.length,
    rows: page.rows,
    columns: page.columns,
    sampleType: page.sampleType,
    isCompressed: page.strips === null,
    readRows: (frame, first, last) => tiff.readRows(frame, first, last),
  };
}

/**
 * Frames that lie in image files, in the order given: one per file, or several pages of one file.
 *
 * Each file is opened when it is read, and must have the size and type of the first.
 */
export function makeImageFrames(paths: readonly string[]): FrameStack {
  const [firstPath] = paths;
  if (firstPath === undefined) throw new RangeError("No image files.");
  const first = openImage(firstPath);
  const isMultiPage = paths.length === 1;
  // Flats and darks may come as a few files of several pages; then each page is a frame.
  const frames: { readonly path: string; readonly page: number }[] = isMultiPage
    ? Array.from({ length: first.frames }, (_, page) => ({ path: firstPath, page }))
    : paths.map((path) => ({ path, page: 0 }));

  const open = (path: string): ImageFile => {
    if (isMultiPage) return first;
    const image = openImage(path);
    if (
      image.rows === first.rows &&
      image.columns === first.columns &&
      image.sampleType === first.sampleType
    ) {
      return image;
    }
    throw new ReconError(
      "SHAPE_MISMATCH",
      `${path} is ${image.columns}×${image.rows} ${image.sampleType}, but ${basename(firstPath)} is ${first.columns}×${first.rows} ${first.sampleType}.`,
      "All frames of a scan have one size and type. Move images that don't belong to it to another folder.",
    );
  };

  return {
    count: frames.length,
    rows: first.rows,
    columns: first.columns,
    sampleType: first.sampleType,
    framesPerRead: 1,
    wholeFrames: first.isCompressed,
    describe: (frame) => {
      const { path, page } = frames[frame] ?? { path: firstPath, page: 0 };
      return isMultiPage && frames.length > 1 ? `${path}, page ${page + 1}` : path;
    },
    read: async (from, to, firstRow, lastRow) => {
      const size = (lastRow - firstRow) * first.columns;
      const target = makeSamples(first.sampleType, (to - from) * size);
      for (let i = from; i < to; i++) {
        const { path, page } = frames[i] ?? { path: firstPath, page: 0 };
        target.set(await open(path).readRows(page, firstRow, lastRow), (i - from) * size);
      }
      return target;
    },
  };
}

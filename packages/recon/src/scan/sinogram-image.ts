import { resolve } from "node:path";
import type { FrameStack } from "./frame-stack.js";
import { makeImageFrames } from "./image-frames.js";
import type { Scan } from "./scan.js";

/**
 * Opens one image file: several pages are a stack of projections, a single page is one sinogram, `[angle][column]`, which gives one
 * slice.
 */
export function openImageFile(path: string): Scan {
  const full = resolve(path);
  const frames = makeImageFrames([full]);
  const isSinogram = frames.count === 1;
  return {
    path: full,
    format: isSinogram ? "sinogram" : "image-stack",
    location: full,
    projections: isSinogram ? turnSinogram(frames) : frames,
    flats: null,
    darks: null,
    angles: null,
    pixelSizeMetres: null,
    storage: `${frames.sampleType}${frames.wholeFrames ? ", compressed" : ""}`,
    notes: isSinogram
      ? [
          `One image of ${frames.rows} rows: taken as a sinogram of ${frames.rows} angles × ${frames.columns} columns.`,
        ]
      : [],
    problems: [],
    close: () => undefined,
  };
}

/** A sinogram as projections of one row. */
function turnSinogram(image: FrameStack): FrameStack {
  return {
    count: image.rows,
    rows: 1,
    columns: image.columns,
    sampleType: image.sampleType,
    framesPerRead: image.rows,
    wholeFrames: image.wholeFrames,
    describe: (frame) => `${image.describe(0)}, row ${frame}`,
    read: (first, last) => image.read(0, 1, first, last),
  };
}

import { readFileSync, readdirSync, statSync } from "node:fs";
import type { Dirent } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ReconError, inputError } from "../errors/recon-error.js";
import { parseAngleText, toRadians } from "./angles.js";
import type { ScanAngles } from "./angles.js";
import type { FrameStack } from "./frame-stack.js";
import { findMissingNumbers, isImageName, makeImageFrames, sortByNumber } from "./image-frames.js";
import { parseImatLog } from "./imat-log.js";
import type { Scan } from "./scan.js";

/** Names of folders of projections, best first: IMAT, Savu, and what people write. */
const PROJECTION_FOLDERS = [/^(gr)?tomo$/i, /^proj/i, /^sample/i, /^radiograph/i, /^raw$/i, /^data$/i];
const FLAT_FOLDERS = /^(flats?|open_?beam|ob|white)/i;
const DARK_FOLDERS = /^darks?/i;

/**
 * Opens a scan that lies in folders of TIFF or FITS images: the folder of the projections, or the one above it.
 *
 * Flats and darks are looked for in sibling folders (`Flat…`, `Dark…`, before and after alike), angles in IMAT's log and in text files
 * named after angles that have as many lines as there are projections.
 *
 * @throws {ReconError} `INPUT_FORMAT` - no images.
 */
export function openImageFolder(path: string): Scan {
  const folder = resolve(path);
  const own = listImages(folder);
  const projectionFolder = own.length > 0 ? folder : findProjectionFolder(folder);
  if (projectionFolder === null) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${folder} has no TIFF or FITS images, nor a folder Tomo or projections with some.`,
      "Name the folder of the projections, or the one that holds Tomo, Flat… and Dark….",
    );
  }
  const scanFolder = own.length > 0 ? dirname(folder) : folder;
  const images = own.length > 0 ? own : listImages(projectionFolder);
  const siblings = listFolders(scanFolder).filter((name) => join(scanFolder, name) !== projectionFolder);
  const stack = (pattern: RegExp): FrameStack | null => {
    const files = siblings
      .filter((name) => pattern.test(name))
      .flatMap((name) => listImages(join(scanFolder, name)));
    return files.length === 0 ? null : makeImageFrames(files);
  };
  const notes: string[] = [];
  const missing = findMissingNumbers(images);
  if (missing.length > 0) {
    const listed = missing.slice(0, 5).join(", ");
    notes.push(
      `The projections skip ${missing.length === 1 ? "number" : "numbers"} ${listed}${missing.length > 5 ? " …" : ""}: is the copy complete?`,
    );
  }
  const projections = makeImageFrames(images);
  return {
    path: folder,
    format: "image-stack",
    location: projectionFolder,
    projections,
    flats: stack(FLAT_FOLDERS),
    darks: stack(DARK_FOLDERS),
    angles: findAngles([projectionFolder, scanFolder], projections.count),
    pixelSizeMetres: null,
    storage: `${projections.sampleType}, ${images.length} ${images.length === 1 ? "file" : "files"}${projections.wholeFrames ? ", compressed" : ""}`,
    notes,
    problems: [],
    close: () => undefined,
  };
}

/** Frames from a folder of images or from one image file, for `--flat` and `--dark`. */
export function openFrames(path: string): FrameStack {
  const full = resolve(path);
  const images = statOf(full).isDirectory() ? listImages(full) : [full];
  if (images.length === 0) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${full} has no TIFF or FITS images.`,
      "Name a folder of images, or one image.",
    );
  }
  return makeImageFrames(images);
}

/** Type of what lies at a path. @throws {ReconError} `INPUT_MISSING`, `INPUT_UNREADABLE`. */
export function statOf(path: string): { isDirectory(): boolean } {
  try {
    return statSync(path);
  } catch (error) {
    throw inputError(path, error);
  }
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw inputError(folder, error);
  }
}

function listImages(folder: string): string[] {
  const names = entries(folder).filter((entry) => !entry.isDirectory() && isImageName(entry.name));
  return sortByNumber(names.map((entry) => entry.name)).map((name) => join(folder, name));
}

function listFolders(folder: string): string[] {
  return sortByNumber(
    entries(folder)
      .filter((entry) => entry.isDirectory() || entry.isSymbolicLink())
      .map((entry) => entry.name),
  );
}

function findProjectionFolder(folder: string): string | null {
  const names = listFolders(folder);
  for (const pattern of PROJECTION_FOLDERS) {
    const name = names.find(
      (candidate) => pattern.test(candidate) && listImages(join(folder, candidate)).length > 0,
    );
    if (name !== undefined) return join(folder, name);
  }
  return null;
}

function findAngles(folders: readonly string[], count: number): ScanAngles | null {
  for (const folder of folders) {
    const names = sortByNumber(
      entries(folder)
        .filter((entry) => entry.isFile())
        .map((entry) => entry.name),
    );
    // A log of the flats or of the 180-degree image has no line with an angle and is passed over.
    for (const name of names.filter((candidate) => /log\.(txt|csv)$/i.test(candidate))) {
      const angles = parseImatLog(readText(join(folder, name)));
      if (angles.length > 0) return toRadians(angles, "degrees", join(folder, name));
    }
    const fitting = names
      .filter((name) => /(angle|theta).*\.(txt|csv|dat)$/i.test(name))
      .map((name) => ({ path: join(folder, name), values: tryAngles(join(folder, name)) }))
      .filter(({ values }) => values?.length === count);
    const [only] = fitting;
    if (fitting.length === 1 && only?.values !== null && only !== undefined) {
      return toRadians(only.values, /rad/i.test(basename(only.path)) ? "rad" : undefined, only.path);
    }
  }
  return null;
}

function tryAngles(path: string): Float64Array | null {
  try {
    return parseAngleText(readText(path), path);
  } catch {
    return null;
  }
}

/** Text of a small file. */
export function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw inputError(path, error);
  }
}

import type { Dataset, Group } from "h5wasm/node";
import { ReconError } from "../errors/recon-error.js";
import { toRadians } from "./angles.js";
import type { ScanAngles } from "./angles.js";
import { isGroup, readAttribute, readNumbers, readScalar } from "./hdf5-file.js";
import type { Hdf5Input } from "./hdf5-file.js";
import { describeStorage, makeHdf5Frames } from "./hdf5-frames.js";
import type { Scan, ScanOptions } from "./scan.js";

/** Entries lie at most this deep: /entry1/tomo_entry, /raw/entry0000/… */
const SEARCH_DEPTH = 3;

/** Paths of all groups whose `definition` (dataset or attribute) is NXtomo. */
export function findNxtomoEntries(input: Hdf5Input): string[] {
  const found: string[] = [];
  const visit = (group: Group, path: string, depth: number): void => {
    const definition =
      readAttribute(group, "definition") ?? readScalar(input.getDataset("definition", group));
    if (definition === "NXtomo") {
      found.push(path);
      return;
    }
    if (depth === SEARCH_DEPTH) return;
    for (const key of group.keys()) {
      const child = group.get(key);
      if (child !== null && isGroup(child)) visit(child, `${path}/${key}`, depth + 1);
    }
  };
  visit(input.root, "", 0);
  return found.map((path) => (path === "" ? "/" : path));
}

/** Frames of NXtomo's `image_key`. Source: NeXus application definition NXtomo. */
const PROJECTION = 0;
const FLAT = 1;
const DARK = 2;

/**
 * Opens an NXtomo entry: frames of all kinds in one stack, told apart by `image_key`.
 *
 * Understands the entry as NXsubentry (Diamond, Mantid Imaging) and at root (ESRF), data beside or under `instrument/*`, and any other place that the
 * options name.
 *
 * @throws {ReconError} `INPUT_FORMAT` - a part is missing.
 */
export function openNxtomo(input: Hdf5Input, entry: string, options: ScanOptions): Scan {
  const { path } = input;
  const group = input.get(entry);
  if (group === null || !isGroup(group)) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path} has no group ${entry}.`,
      `Entries found: ${findNxtomoEntries(input).join(", ") || "none"}.`,
    );
  }
  const detector = findDetector(input, group);
  const find = (own: string | undefined, ...places: readonly string[]): Dataset | null => {
    if (own !== undefined) return requireDataset(input, own);
    for (const place of places) {
      const dataset = input.getDataset(place, group);
      if (dataset !== null) return dataset;
    }
    return null;
  };
  const data = find(options.hdf5Data, `instrument/${detector}/data`, "data/data");
  if (data === null) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path}: ${entry} has no frames (instrument/detector/data).`,
      "If they lie elsewhere in the file, say where: --hdf5-data, --hdf5-image-key, --hdf5-angles.",
    );
  }
  const keyData = find(options.hdf5ImageKey, `instrument/${detector}/image_key`, "data/image_key");
  const frames = data.shape?.[0] ?? 0;
  const problems: ReconError[] = [];
  const keys = keyData === null ? new Float64Array(frames) : readNumbers(keyData);
  if (keys.length !== frames) {
    throw new ReconError(
      "SHAPE_MISMATCH",
      `${path}: ${frames} frames but ${keys.length} image keys.`,
      "The scan was probably cut off while it was written; if not, name the right dataset with --hdf5-image-key.",
    );
  }
  const framesOf = (kind: number): number[] => Array.from(keys.keys()).filter((i) => keys[i] === kind);
  const projections = framesOf(PROJECTION);
  if (projections.length === 0) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path}: no frame has the image key 0 (projection).`,
      "Check that this is a tomography scan.",
    );
  }
  const notes: string[] = [];
  const unused = frames - projections.length - framesOf(FLAT).length - framesOf(DARK).length;
  if (unused > 0) notes.push(`${unused} frame${unused === 1 ? " is" : "s are"} marked invalid and left out.`);
  if (keyData === null) notes.push("The file has no image_key: every frame is taken as a projection.");
  let angles: ScanAngles | null = null;
  const angleData = find(options.hdf5Angles, "sample/rotation_angle", "data/rotation_angle");
  if (angleData !== null) {
    try {
      angles = readAngles(path, angleData, frames, projections, options);
    } catch (error) {
      if (!(error instanceof ReconError)) throw error;
      problems.push(error);
    }
  }
  const stack = (kind: number): number[] | null => (framesOf(kind).length === 0 ? null : framesOf(kind));
  const flats = stack(FLAT);
  const darks = stack(DARK);
  return {
    path,
    format: "nxtomo",
    location: data.path,
    projections: makeHdf5Frames(path, data, projections),
    flats: flats === null ? null : makeHdf5Frames(path, data, flats),
    darks: darks === null ? null : makeHdf5Frames(path, data, darks),
    angles,
    pixelSizeMetres: readLength(input.getDataset(`instrument/${detector}/x_pixel_size`, group)),
    storage: describeStorage(data, path),
    notes,
    problems,
    close: () => input.close(),
  };
}

function requireDataset(input: Hdf5Input, path: string): Dataset {
  const dataset = input.getDataset(path);
  if (dataset === null) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${input.path} has no dataset ${path}.`,
      "Check the path with: h5ls -r FILE.",
    );
  }
  return dataset;
}

/** `detector`, or (beamlines name it after the camera) the child of `instrument` that has both data and keys. */
function findDetector(input: Hdf5Input, entry: Group): string {
  const instrument = input.get("instrument", entry);
  if (instrument === null || !isGroup(instrument)) return "detector";
  const names = instrument.keys();
  if (names.includes("detector")) return "detector";
  const has = (name: string, part: string): boolean =>
    input.getDataset(`${name}/${part}`, instrument) !== null;
  return names.find((name) => has(name, "data") && has(name, "image_key")) ?? "detector";
}

/** Angles are given for every frame, or (seen in files made by hand) for the projections only. */
function readAngles(
  path: string,
  dataset: Dataset,
  frames: number,
  projections: readonly number[],
  options: ScanOptions,
): ScanAngles {
  const values = readNumbers(dataset);
  const source = `${path}: ${dataset.path}`;
  const chosen =
    values.length === frames
      ? Float64Array.from(projections, (frame) => values[frame] ?? Number.NaN)
      : values;
  return toRadians(chosen, options.angleUnit ?? readAttribute(dataset, "units"), source);
}

const METRES: Record<string, number> = {
  m: 1,
  metre: 1,
  meter: 1,
  cm: 1e-2,
  mm: 1e-3,
  um: 1e-6,
  µm: 1e-6,
  μm: 1e-6,
  micron: 1e-6,
  microns: 1e-6,
  nm: 1e-9,
};

/** A length in metres; without a unit it is one already (NXtomo as written by ESRF's tools). */
function readLength(dataset: Dataset | null): number | null {
  if (dataset === null) return null;
  const value = readScalar(dataset);
  const factor = METRES[(readAttribute(dataset, "units") ?? "m").trim()];
  return typeof value === "number" && value > 0 && factor !== undefined ? value * factor : null;
}

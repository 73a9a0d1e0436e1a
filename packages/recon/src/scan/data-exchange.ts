import type { Dataset } from "h5wasm/node";
import { ReconError } from "../errors/recon-error.js";
import { toRadians } from "./angles.js";
import type { ScanAngles } from "./angles.js";
import { readAttribute, readNumbers } from "./hdf5-file.js";
import type { Hdf5Input } from "./hdf5-file.js";
import { describeStorage, makeHdf5Frames } from "./hdf5-frames.js";
import type { Scan, ScanOptions } from "./scan.js";

/**
 * Opens an APS Data Exchange file: `/exchange/{data, data_white, data_dark, theta}`, angles in degrees unless they say otherwise.
 * (F. De Carlo et al., J. Synchrotron Rad. 21, 1224 (2014).)
 *
 * @returns null for a file without `/exchange/data`.
 */
export function openDataExchange(input: Hdf5Input, options: ScanOptions): Scan | null {
  const data = input.getDataset(options.hdf5Data ?? "exchange/data");
  if (data === null) return null;
  const { path } = input;
  const problems: ReconError[] = [];
  const frames = (dataset: Dataset | null): ReturnType<typeof makeHdf5Frames> | null =>
    dataset === null || dataset.metadata.total_size === 0 ? null : makeHdf5Frames(path, dataset);
  let angles: ScanAngles | null = null;
  const theta = input.getDataset(options.hdf5Angles ?? "exchange/theta");
  if (theta !== null) {
    try {
      const unit = options.angleUnit ?? readAttribute(theta, "units");
      angles = toRadians(readNumbers(theta), unit, `${path}: ${theta.path}`);
    } catch (error) {
      if (!(error instanceof ReconError)) throw error;
      problems.push(error);
    }
  }
  return {
    path,
    format: "data-exchange",
    location: data.path,
    projections: makeHdf5Frames(path, data),
    flats: frames(input.getDataset("exchange/data_white")),
    darks: frames(input.getDataset("exchange/data_dark")),
    angles,
    pixelSizeMetres: null,
    storage: describeStorage(data, path),
    notes: [],
    problems,
    close: () => input.close(),
  };
}

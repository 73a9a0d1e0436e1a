import { resolve } from "node:path";
import { ReconError } from "../errors/recon-error.js";
import { equalSteps, parseAngleRange, parseAngleText, toRadians } from "./angles.js";
import type { ScanAngles } from "./angles.js";
import { openDataExchange } from "./data-exchange.js";
import type { FrameStack } from "./frame-stack.js";
import { Hdf5Input, damagedError, isHdf5 } from "./hdf5-file.js";
import { openFrames, openImageFolder, readText, statOf } from "./image-folder.js";
import { isImageName } from "./image-frames.js";
import { findNxtomoEntries, openNxtomo } from "./nxtomo.js";
import type { Scan, ScanOptions } from "./scan.js";
import { openImageFile } from "./sinogram-image.js";

/**
 * Opens a scan, whatever its format: NXtomo, Data Exchange, a folder of images, an image of several pages, or one sinogram. Reads what describes it,
 * not its frames. Close it when done.
 *
 * @throws {ReconError} `INPUT_MISSING`, `INPUT_FORMAT`, `INPUT_TRUNCATED` … - naming the file and the remedy. What is merely missing
 * (flats, darks, angles) is for `checkScan` to say, so that `inspect` can show the rest.
 */
export async function openScan(path: string, options: ScanOptions = {}): Promise<Scan> {
  const scan = await openAny(path, options);
  try {
    const angles = chooseAngles(scan, options);
    return {
      ...scan,
      angles,
      // An angle problem of the file is no problem if the user gives the angles.
      problems: angles === scan.angles ? scan.problems : [],
      flats: chooseFrames(options.flat, scan.flats),
      darks: chooseFrames(options.dark, scan.darks),
    };
  } catch (error) {
    scan.close();
    throw error;
  }
}

async function openAny(path: string, options: ScanOptions): Promise<Scan> {
  if (statOf(path).isDirectory()) return openImageFolder(path);
  if (isImageName(path)) return openImageFile(path);
  if (isHdf5(path)) return openHdf5(path, options);
  if (/\.(h5|hdf5?|nxs?|nexus)$/i.test(path)) await Hdf5Input.open(path);
  throw new ReconError(
    "INPUT_FORMAT",
    `${resolve(path)} is neither HDF5 nor a TIFF or FITS image.`,
    "scarf-recon reads NXtomo and Data Exchange (HDF5), and folders of TIFF or FITS images.",
  );
}

async function openHdf5(path: string, options: ScanOptions): Promise<Scan> {
  const input = await Hdf5Input.open(path);
  try {
    if (options.entry !== undefined) return openNxtomo(input, options.entry, options);
    const entries = findNxtomoEntries(input);
    const [first] = entries;
    if (first !== undefined) {
      const scan = openNxtomo(input, first, options);
      if (entries.length === 1) return scan;
      return {
        ...scan,
        notes: [
          `The file has ${entries.length} scans (${entries.join(", ")}); this is ${first}. Choose with --entry.`,
          ...scan.notes,
        ],
      };
    }
    const exchange = openDataExchange(input, options);
    if (exchange !== null && options.hdf5ImageKey === undefined) return exchange;
    if (options.hdf5Data !== undefined) return openNxtomo(input, "/", options);
    throw new ReconError(
      "INPUT_FORMAT",
      `${input.path} is HDF5, but neither NXtomo (no group with definition NXtomo) nor Data Exchange (no /exchange/data).`,
      "If it holds a scan in another layout, say where: --hdf5-data, --hdf5-image-key and --hdf5-angles.",
    );
  } catch (error) {
    input.close();
    throw damagedError(input.path, error);
  }
}

function chooseFrames(option: string | undefined, found: FrameStack | null): FrameStack | null {
  if (option === undefined) return found;
  return option === "none" ? null : openFrames(option);
}

function chooseAngles(scan: Scan, options: ScanOptions): ScanAngles | null {
  const { count } = scan.projections;
  if (options.angles !== undefined) {
    const range = parseAngleRange(options.angles);
    if (range !== null) {
      const unit = options.angleUnit ?? "deg";
      return toRadians(equalSteps(count, range.first, range.last, false), unit, `--angles ${options.angles}`);
    }
    const path = resolve(options.angles);
    return toRadians(parseAngleText(readText(path), path), options.angleUnit, path);
  }
  if (options.maxAngle !== undefined) {
    return toRadians(equalSteps(count, 0, options.maxAngle, true), "deg", `--max-angle ${options.maxAngle}`);
  }
  return scan.angles;
}

import type { ReconError } from "../errors/recon-error.js";
import type { FrameStack } from "./frame-stack.js";
import type { ScanAngles } from "./angles.js";

export type ScanFormat = "nxtomo" | "data-exchange" | "image-stack" | "sinogram";

/** One scan, opened: where its frames and angles are. Nothing of its frames has been read yet. */
export interface Scan {
  readonly path: string;
  readonly format: ScanFormat;
  /** Where in the file or folder the projections lie: an HDF5 path, or a folder. */
  readonly location: string;
  readonly projections: FrameStack;
  readonly flats: FrameStack | null;
  readonly darks: FrameStack | null;
  readonly angles: ScanAngles | null;
  readonly pixelSizeMetres: number | null;
  /** How the frames are stored, in words: "uint16, chunks 1×135×160, deflate". */
  readonly storage: string;
  /** Things that a user should know and that don't stop a reconstruction. */
  readonly notes: readonly string[];
  /** Faults found while opening that do stop it; `check-scan` adds those found by looking at the whole. */
  readonly problems: readonly ReconError[];
  close(): void;
}

/** How to read an input where it does not say by itself. */
export interface ScanOptions {
  /** Folder or image of flats in place of those found; "none" uses none. */
  readonly flat?: string;
  readonly dark?: string;
  /** A text file with one angle per projection, or `A:B` for equal steps from A, B not included. */
  readonly angles?: string;
  readonly angleUnit?: "deg" | "rad";
  /** Equal steps from 0 so that the last projection is at this many degrees. */
  readonly maxAngle?: number;
  /** HDF5 path of the NXtomo group, where a file has several. */
  readonly entry?: string;
  /** HDF5 paths, where a file follows no known layout. */
  readonly hdf5Data?: string;
  readonly hdf5ImageKey?: string;
  readonly hdf5Angles?: string;
}

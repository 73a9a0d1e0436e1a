import { accessSync, constants, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ReconError, outputError } from "../errors/recon-error.js";
import type { OutputSettings } from "./settings.js";

/** Paths of everything that a reconstruction writes. */
export interface OutputFiles {
  readonly folder: string;
  /** Path of the slice of a detector row (TIFF). */
  slice(row: number): string;
  readonly volume: string | null;
  /** The record, written last: where it is, the slices are complete. */
  readonly record: string;
  readonly picture: string | null;
}

export function nameOutputs(output: OutputSettings): OutputFiles {
  const { folder, prefix, format, picture } = output;
  return {
    folder,
    slice: (row) => join(folder, `${prefix}_${String(row).padStart(5, "0")}.tif`),
    volume: format === "h5" ? join(folder, `${prefix}.h5`) : null,
    record: join(folder, `${prefix}.json`),
    picture: picture?.path ?? null,
  };
}

/**
 * Makes the folder and sees that nothing is in the way.
 *
 * The record of an earlier run goes first even when overwriting: it says that the slices beside it are complete, which is no longer so.
 *
 * @throws {ReconError} `OUTPUT_EXISTS` - names the first file in the way; `OUTPUT_UNWRITABLE`.
 */
export function prepareOutputs(
  files: OutputFiles,
  firstRow: number,
  lastRow: number,
  overwrite: boolean,
): void {
  for (const folder of new Set([files.folder, ...(files.picture === null ? [] : [dirname(files.picture)])])) {
    try {
      mkdirSync(folder, { recursive: true });
      accessSync(folder, constants.W_OK);
    } catch (error) {
      throw outputError(folder, error);
    }
  }
  const slices =
    files.volume === null
      ? Array.from({ length: lastRow - firstRow }, (_, i) => files.slice(firstRow + i))
      : [files.volume];
  const all = [...slices, files.record, ...(files.picture === null ? [] : [files.picture])];
  const existing = overwrite ? undefined : all.find((path) => existsSync(path));
  if (existing !== undefined) {
    throw new ReconError(
      "OUTPUT_EXISTS",
      `${existing} exists already.`,
      "Write elsewhere with --output or --prefix, or replace it with --overwrite.",
    );
  }
  rmSync(files.record, { force: true });
}

/** Removes files that this process began and did not finish. */
export function removePartials(files: OutputFiles): void {
  const suffix = `.${process.pid}.part`;
  for (const folder of new Set([files.folder, ...(files.picture === null ? [] : [dirname(files.picture)])])) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      if (name.startsWith(".") && name.endsWith(suffix)) rmSync(join(folder, name), { force: true });
    }
  }
}

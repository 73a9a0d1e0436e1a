import { ReconError } from "../errors/recon-error.js";
import type { CentreRecord } from "./record.js";
import type { Preparation, ScanSummary } from "./scan-reader.js";
import { sortingBytes } from "../stages/stripe-sorting.js";
import { LENGTH_UNITS } from "./settings.js";
import type { ReconSettings } from "./settings.js";
import type { SlabSetup } from "./slab-task.js";

/** Unit of the values, as it is written into files. */
export function unitName(per: ReconSettings["per"]): string {
  return per === "pixel" ? "1/pixel" : `1/${per}`;
}

/** @throws {ReconError} `USAGE` - not rows of this scan. */
export function chooseRows(
  wanted: ReconSettings["rows"],
  scan: ScanSummary,
): { first: number; last: number } {
  const first = wanted?.first ?? 0;
  const last = wanted?.last ?? scan.rows;
  if (first >= 0 && first < last && last <= scan.rows) return { first, last };
  throw new ReconError(
    "USAGE",
    `${scan.path} has the rows 0 to ${scan.rows - 1}; ${first}:${last} is not a range of them.`,
    `Give --rows A:B with 0 ≤ A < B ≤ ${scan.rows}; row B is not part of it.`,
  );
}

/** @throws {ReconError} `USAGE` - a row that is not reconstructed. */
export function choosePictureRow(
  settings: ReconSettings,
  rows: { first: number; last: number },
): number | null {
  const { picture } = settings.output;
  if (picture === null) return null;
  const row = picture.row ?? Math.floor((rows.first + rows.last) / 2);
  if (row >= rows.first && row < rows.last) return row;
  throw new ReconError(
    "USAGE",
    `Row ${row}, of which a picture is wanted, is not among the rows ${rows.first} to ${rows.last - 1}.`,
    "Choose another with --picture-row.",
  );
}

/** What values per pixel are multiplied by. @throws {ReconError} `PIXEL_SIZE_MISSING`. */
export function chooseScale(settings: ReconSettings, scan: ScanSummary): number {
  const metres = LENGTH_UNITS[settings.per];
  if (metres === null) return 1;
  const pixel = settings.pixelSizeMetres ?? scan.pixelSizeMetres;
  if (pixel !== null) return metres / pixel;
  throw new ReconError(
    "PIXEL_SIZE_MISSING",
    `${scan.path} does not say how large a pixel is, so values can't be given per ${settings.per}.`,
    "Give it with --pixel-size, such as --pixel-size 29um, or leave out --per.",
  );
}

/** The centre as given or found. @throws {ReconError} `USAGE` - given, but off the detector. */
export function describeCentre(
  wanted: number | "auto",
  { centre }: Preparation,
  columns: number,
): CentreRecord {
  if (wanted !== "auto") {
    if (wanted >= 0 && wanted <= columns - 1) {
      return { pixels: wanted, how: "given", sure: true, remark: "Given on the command line." };
    }
    throw new ReconError(
      "USAGE",
      `The centre ${wanted} is not on the detector of ${columns} columns.`,
      `Give it in pixels from the centre of the first column: the middle is ${(columns - 1) / 2}.`,
    );
  }
  if (centre === null) throw new Error("No centre was looked for.");
  return { pixels: centre.centre, how: centre.method, sure: centre.sure, remark: centre.remark };
}

/** What the threads need to know once. */
export function makeSetup(
  settings: ReconSettings,
  scan: ScanSummary,
  prepared: Preparation,
  centre: number,
  valueScale: number,
): SlabSetup {
  const { flat, dark, beam } = prepared;
  return {
    kind: scan.kind,
    fields: flat === null || dark === null ? null : { flat, dark },
    beam,
    sampleType: scan.sampleType,
    ringWidth: settings.ringWidth,
    stripeWidth: settings.stripeWidth,
    fixInvalid: settings.fixInvalid,
    valueScale,
    geometry: {
      method: settings.method,
      ...(settings.iterations !== null && { iterations: settings.iterations }),
      columns: scan.columns,
      anglesRadians: scan.anglesRadians,
      centre,
      window: settings.window,
      padding: settings.padding,
      maskRatio: settings.maskRatio,
      roomBytes: stageBytes(settings, scan.projections),
    },
  };
}

/** Room that the stages before the reconstruction need beside the slab. */
export function stageBytes({ stripeWidth }: ReconSettings, angles: number): number {
  return stripeWidth === null ? 0 : sortingBytes(angles, stripeWidth);
}

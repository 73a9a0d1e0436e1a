import { angleWeights } from "../stages/angle-weights.js";
import { ReconError } from "../errors/recon-error.js";
import type { Scan } from "./scan.js";

/** What the samples of a scan are: raw counts, transmissions 0..1, or attenuation -ln(T). */
export type DataKind = "counts" | "transmission" | "attenuation";

/** What stands in the way of a reconstruction, and what is merely worth knowing. */
export interface ScanReport {
  readonly problems: readonly ReconError[];
  readonly warnings: readonly string[];
}

const DEGREE = Math.PI / 180;

/**
 * Looks at a scan as a whole: is everything there that its kind of data needs, and does it fit together? Reads no frames.
 *
 * @param kind - what its samples are; counts need flats and darks.
 * @param allowNoDarks - the user has said that there are none.
 */
export function checkScan(scan: Scan, kind: DataKind, allowNoDarks: boolean): ScanReport {
  const problems: ReconError[] = [...scan.problems];
  const warnings: string[] = [...scan.notes, ...(scan.angles?.notes ?? [])];
  const { path, projections, flats, darks, angles } = scan;
  if (kind === "counts") {
    if (flats === null) {
      problems.push(
        new ReconError(
          "FLATS_MISSING",
          `${path} has no flat (open beam) frames.`,
          "Give them with --flat FOLDER. If the data are corrected already, say --data transmission, or --data attenuation if they are -ln already.",
        ),
      );
    }
    if (darks === null && !allowNoDarks) {
      problems.push(
        new ReconError(
          "DARKS_MISSING",
          `${path} has no dark frames.`,
          "Give them with --dark FOLDER, or say --dark none if the detector counts nothing in the dark.",
        ),
      );
    }
  }
  for (const [name, stack] of [
    ["flat", flats],
    ["dark", darks],
  ] as const) {
    if (stack !== null && (stack.rows !== projections.rows || stack.columns !== projections.columns)) {
      problems.push(
        new ReconError(
          "SHAPE_MISMATCH",
          `${stack.describe(0)}: ${name} frames are ${stack.columns}×${stack.rows} pixels, projections ${projections.columns}×${projections.rows}.`,
          `Give the ${name} frames of this detector setting with --${name} FOLDER.`,
        ),
      );
    }
  }
  if (angles === null) {
    if (!problems.some((problem) => problem.code === "ANGLES_UNIT" || problem.code === "VALUES_INVALID"))
      problems.push(missingAngles(scan));
  } else if (angles.radians.length !== projections.count)
    problems.push(angleMismatch(scan, angles.radians.length, angles.source));
  else warnings.push(...checkCoverage(angles.radians));
  return { problems, warnings };
}

function missingAngles(scan: Scan): ReconError {
  return new ReconError(
    "ANGLES_MISSING",
    `${scan.path} does not say at which angles its ${scan.projections.count} projections were taken.`,
    "Give a file with --angles FILE, or equal steps: --angles 0:360 (the last projection is one step before 360) or --max-angle 360 (it is at 360).",
  );
}

function angleMismatch(scan: Scan, count: number, source: string): ReconError {
  const { projections, flats, darks } = scan;
  const extra = (flats?.count ?? 0) + (darks?.count ?? 0);
  const hint =
    count === projections.count + extra && extra > 0
      ? "The angles seem to include those of flats and darks: leave these out of the file."
      : count < projections.count
        ? "Is the file of angles complete? One line per projection, in the same order."
        : "Are all projections there? A copy may have been cut off; else give a file with one angle per projection: --angles FILE.";
  return new ReconError(
    "ANGLES_MISMATCH",
    `${projections.count} projections but ${count} angles (${source}).`,
    hint,
  );
}

function checkCoverage(radians: Float64Array): string[] {
  if (radians.length < 2) return ["A single projection: the slice will be streaks."];
  const { widestGap, usualGap } = angleWeights(radians);
  if (widestGap > Math.max(3 * usualGap, 2 * DEGREE)) {
    const missing = ((widestGap - usualGap) / DEGREE).toFixed(0);
    return [
      `${missing} degrees of the half turn are not covered: edges along these directions will be missing.`,
    ];
  }
  return [];
}

import { median } from "../numerics/median.js";
import type { DataKind } from "../scan/check-scan.js";
import type { Scan } from "../scan/scan.js";

/** What the samples are, and why we think so if nobody said it. */
export interface DataDecision {
  readonly kind: DataKind;
  readonly warning: string | null;
}

/**
 * Decides whether samples are counts, transmissions or attenuation already, so that the logarithm is never taken twice.
 *
 * With flats they are counts. Without, floating-point samples whose sides (where there is air) are about 0 are attenuation, whatever the user said
 * about transmissions; sides of about 1 are transmissions, which the user must confirm.
 */
export async function recogniseData(scan: Scan, said: DataKind | "auto"): Promise<DataDecision> {
  if (said === "counts" || (said === "auto" && scan.flats !== null)) return { kind: "counts", warning: null };
  const look = await lookAtSides(scan);
  if (look === "attenuation" && said !== "attenuation") {
    return {
      kind: "attenuation",
      warning:
        said === "auto"
          ? `${scan.path} has no flats and its values look like -ln(T) already (about 0 beside the object): no logarithm is taken. Confirm with --data attenuation.`
          : `${scan.path}: the values look like -ln(T) already (about 0 beside the object): the logarithm is not taken a second time, although --data transmission was given.`,
    };
  }
  if (said === "attenuation" && look === "transmission") {
    return {
      kind: "attenuation",
      warning: `${scan.path}: the values look like transmissions (about 1 beside the object), but are used as -ln(T) as you said. If the slice is inverted, use --data transmission.`,
    };
  }
  return { kind: said === "auto" ? "counts" : said, warning: null };
}

async function lookAtSides(scan: Scan): Promise<"attenuation" | "transmission" | "unclear"> {
  const { projections } = scan;
  if (projections.sampleType !== "float32" && projections.sampleType !== "float64") return "unclear";
  const { rows, columns, count } = projections;
  const side = Math.max(1, Math.round(columns * 0.02));
  const row = Math.floor(rows / 2);
  const sides: number[] = [];
  const all: number[] = [];
  for (let i = 0; i < 8; i++) {
    const frame = Math.min(count - 1, Math.floor((i * count) / 8));
    const values = Array.from(await projections.read(frame, frame + 1, row, row + 1));
    sides.push(...values.slice(0, side), ...values.slice(-side));
    all.push(...values);
  }
  const air = median(sides);
  const middle = median(all);
  if (Math.abs(air) < 0.15 && middle > 2 * Math.abs(air)) return "attenuation";
  return air > 0.5 && air < 1.5 && middle < air * 1.05 ? "transmission" : "unclear";
}

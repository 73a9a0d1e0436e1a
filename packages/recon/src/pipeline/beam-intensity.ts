import { ReconError } from "../errors/recon-error.js";
import type { Scan } from "../scan/scan.js";
import { makeSlab } from "../slab/slab.js";
import { LANES } from "../slab/slab.js";
import { normalise } from "../stages/normalise.js";
import type { Fields } from "../stages/normalise.js";
import { cutFields } from "./scan-attenuation.js";
import type { Region } from "./settings.js";

/**
 * Stage: intensity of the beam at each projection, relative to the flat: the mean transmission of a region that the sample never
 * covers. Dividing by it makes air exactly 1, however the beam has drifted.
 *
 * @throws {ReconError} `USAGE` - the region is outside the detector; `VALUES_INVALID` - no light in it.
 */
export async function measureBeam(
  scan: Scan,
  fields: Fields | null,
  region: Region,
  onProjection: () => void,
): Promise<Float64Array> {
  const { projections } = scan;
  const { rows, columns, count } = projections;
  const { left, top, right, bottom } = region;
  if (!(left >= 0 && top >= 0 && left < right && top < bottom && right <= columns && bottom <= rows)) {
    throw new ReconError(
      "USAGE",
      `The air region ${left},${top},${right},${bottom} is not on the detector of ${columns}×${rows} pixels.`,
      "Give it as --air-region X1,Y1,X2,Y2 in pixels from the top left corner; X2 and Y2 are not part of it.",
    );
  }
  const beam = new Float64Array(count);
  for (let frame = 0; frame < count; frame++) {
    const samples = await projections.read(frame, frame + 1, top, bottom);
    let sum = 0;
    for (let row = top; row < bottom; row += LANES) {
      const slab = makeSlab(1, columns, Math.min(LANES, bottom - row));
      normalise(
        { samples, rows: bottom - top, columns },
        row - top,
        cutFields(fields, columns, top),
        null,
        slab,
      );
      for (let lane = 0; lane < slab.lanes; lane++) {
        for (let column = left; column < right; column++) sum += slab.values[column * LANES + lane] ?? 0;
      }
    }
    const mean = sum / ((bottom - top) * (right - left));
    if (!(mean > 0)) {
      throw new ReconError(
        "VALUES_INVALID",
        `${projections.describe(frame)}: no light in the air region (mean transmission ${mean.toFixed(4)}).`,
        "Choose a region that the sample never covers, or leave out the projection.",
      );
    }
    beam[frame] = mean;
    onProjection();
  }
  return beam;
}

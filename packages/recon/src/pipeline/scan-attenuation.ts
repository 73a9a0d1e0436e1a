import type { AttenuationSource } from "../centre/find-centre.js";
import { ReconError } from "../errors/recon-error.js";
import type { DataKind } from "../scan/check-scan.js";
import type { Scan } from "../scan/scan.js";
import { deinterleave, makeSlab } from "../slab/slab.js";
import { minusLog } from "../stages/minus-log.js";
import { normalise } from "../stages/normalise.js";
import type { Fields } from "../stages/normalise.js";
import type { Samples } from "../stages/outliers.js";

/** Everything that turns raw rows of a scan into attenuation. */
export interface AttenuationContext {
  readonly scan: Scan;
  readonly kind: DataKind;
  /** Whole mean frames, or null where the data are corrected already. */
  readonly fields: Fields | null;
  readonly beam: Float64Array | null;
  readonly fixInvalid: boolean;
}

/** Rows of a field frame that belong to a run of detector rows. */
export function cutFields(fields: Fields | null, columns: number, firstRow: number): Fields | null {
  if (fields === null) return null;
  return { flat: fields.flat.subarray(firstRow * columns), dark: fields.dark.subarray(firstRow * columns) };
}

/** The error for samples that are no numbers, saying where the first is. */
export function invalidSamplesError(place: string, row: number, column: number): ReconError {
  return new ReconError(
    "VALUES_INVALID",
    `${place}: the sample in row ${row}, column ${column} is NaN or infinite.`,
    "Let such samples be filled from their neighbours with --fix-nan, or make the file anew.",
  );
}

/** Attenuation of a scan on disc, for the centre finder: a few rows, or a few projections, at a time. */
export function makeAttenuationSource(
  context: AttenuationContext,
  firstRow: number,
  lastRow: number,
): AttenuationSource {
  const { scan, kind, fields, beam, fixInvalid } = context;
  const { projections } = scan;
  const { columns } = projections;

  const attenuate = (
    samples: Samples,
    detectorRow: number,
    frames: number,
    firstFrame: number,
  ): Float32Array => {
    const slab = makeSlab(frames, columns, 1);
    const rowBeam = beam === null ? null : beam.subarray(firstFrame, firstFrame + frames);
    const report = normalise(
      { samples, rows: 1, columns },
      0,
      cutFields(fields, columns, detectorRow),
      rowBeam,
      slab,
    );
    if (report.firstInvalid !== null && !fixInvalid) {
      const { angle, column } = report.firstInvalid;
      throw invalidSamplesError(projections.describe(firstFrame + angle), detectorRow, column);
    }
    if (kind !== "attenuation") minusLog(slab);
    return deinterleave(slab.values, 0);
  };

  return {
    columns,
    anglesRadians: scan.angles?.radians ?? new Float64Array(),
    rows: Array.from({ length: lastRow - firstRow }, (_, i) => firstRow + i),
    readProjection: async (projection, rows) => {
      const top = Math.min(...rows);
      const frame = await projections.read(projection, projection + 1, top, Math.max(...rows) + 1);
      const out = new Float32Array(rows.length * columns);
      for (const [i, row] of rows.entries()) {
        out.set(
          attenuate(frame.subarray((row - top) * columns, (row - top + 1) * columns), row, 1, projection),
          i * columns,
        );
      }
      return out;
    },
    readSinograms: async (rows) => {
      // Compressed frames are decoded whole anyhow: then once for all rows, which are not far apart.
      const [from, to] = projections.wholeFrames ? [Math.min(...rows), Math.max(...rows) + 1] : [0, 0];
      const out = rows.map(() => new Float32Array(projections.count * columns));
      const group = Math.max(1, projections.framesPerRead);
      for (let first = 0; first < projections.count; first += group) {
        const last = Math.min(projections.count, first + group);
        const shared = to > from ? await projections.read(first, last, from, to) : null;
        for (const [i, row] of rows.entries()) {
          const samples =
            shared === null
              ? await projections.read(first, last, row, row + 1)
              : cutRow(shared, columns, to - from, row - from);
          out[i]?.set(attenuate(samples, row, last - first, first), first * columns);
        }
      }
      return out;
    },
  };
}

function cutRow(samples: Samples, columns: number, rows: number, row: number): Samples {
  const frames = samples.length / (rows * columns);
  const out = samples.slice(0, frames * columns);
  for (let frame = 0; frame < frames; frame++) {
    const from = (frame * rows + row) * columns;
    out.set(samples.subarray(from, from + columns), frame * columns);
  }
  return out;
}

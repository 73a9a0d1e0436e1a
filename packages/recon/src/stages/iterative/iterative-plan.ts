import { slabBytes } from "../../slab/slab.js";
import { circularMask } from "../circular-mask.js";
import type { RowBounds } from "../circular-mask.js";
import type { ReconstructionOptions } from "../reconstructor.js";

/** Numbers that describe a path: start, slope, step, length, row (see `assembly/project.ts`). */
export const PATH_FIELDS = 5;

/** Neighbouring paths in the table. */
export interface PathRange {
  readonly first: number;
  readonly count: number;
}

/** Angles that are projected together. */
export interface Subset {
  /** Rays closer to the vertical meet each row of the picture once, the others each column. */
  readonly throughRows: PathRange;
  readonly throughColumns: PathRange;
  /** Rows of the slab. */
  readonly rows: readonly number[];
}

/** All that iterative methods can know before they see data. */
export interface IterativePlan {
  readonly angles: number;
  readonly columns: number;
  /** Pixels of a line, with an empty one at either end. */
  readonly pitch: number;
  /** `[path][5]`, subset by subset. */
  readonly paths: Float64Array;
  readonly subsets: readonly Subset[];
  readonly bounds: RowBounds;
  readonly iterations: number;
  /** Smallest value that a pixel may have: 0, since attenuation is not negative, or none. */
  readonly lowest: number;
}

/** Angles of a subset of OS-SIRT, about: with fewer a pass does not converge, with more it takes longer. */
const ANGLES_PER_SUBSET = 10;
/** Enough for the error on phantoms to stop falling (90 angles of a 512² picture). */
const ITERATIONS = { sirt: 100, "os-sirt": 20, cgls: 20 } as const;

/** @throws {RangeError} the method is none of the iterative ones. */
export function planIterative(options: ReconstructionOptions): IterativePlan {
  const { columns, anglesRadians, centre, method = "sirt", maskRatio = 1, nonNegative = true } = options;
  if (method !== "sirt" && method !== "os-sirt" && method !== "cgls")
    throw new RangeError(`${method} does not iterate.`);
  const angles = anglesRadians.length;
  const count = method === "os-sirt" ? Math.max(1, Math.round(angles / ANGLES_PER_SUBSET)) : 1;
  const table: number[][] = [];
  const range = (rows: readonly number[], makePath: (angle: number, row: number) => number[]): PathRange => {
    const first = table.length;
    for (const row of rows) table.push(makePath(anglesRadians[row] ?? 0, row));
    return { first, count: rows.length };
  };
  const middle = (columns - 1) / 2;
  const subsets = Array.from({ length: count }, (_, subset): Subset => {
    const rows = Array.from({ length: angles }, (__, row) => row).filter((row) => row % count === subset);
    const isSteep = (row: number): boolean => {
      const angle = anglesRadians[row] ?? 0;
      return Math.abs(Math.cos(angle)) >= Math.abs(Math.sin(angle));
    };
    return {
      rows,
      // From t = x cos θ + y sin θ + centre, with y = middle - row: where a row is met; one more for the empty pixel.
      throughRows: range(rows.filter(isSteep), (angle, row) => {
        const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
        const start = middle + 1 - (centre + middle * sine) / cosine;
        return [start, sine / cosine, 1 / cosine, Math.abs(1 / cosine), row];
      }),
      throughColumns: range(
        rows.filter((row) => !isSteep(row)),
        (angle, row) => {
          const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
          const start = middle + 1 + (centre - middle * cosine) / sine;
          return [start, cosine / sine, -1 / sine, Math.abs(1 / sine), row];
        },
      ),
    };
  });
  return {
    angles,
    columns,
    pitch: columns + 2,
    paths: Float64Array.from(table.flat()),
    subsets: spreadOut(subsets),
    bounds: circularMask(columns, maskRatio),
    iterations: options.iterations ?? ITERATIONS[method],
    lowest: nonNegative && method !== "cgls" ? 0 : -3.4e38,
  };
}

/** Subsets that follow each other should see the object from different sides. */
function spreadOut(subsets: readonly Subset[]): readonly Subset[] {
  const count = subsets.length;
  let stride = Math.max(1, Math.round(count * 0.382));
  while (greatestDivisor(stride, count) > 1) stride++;
  return subsets.map((subset, i) => subsets[(i * stride) % count] ?? subset);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** Bytes that the iterative methods take, slab and slices included, whichever engine they have. */
export function iterativeBytes(angles: number, columns: number): number {
  const picture = slabBytes(columns + 2, columns + 2);
  return (
    4 * picture +
    2 * slabBytes(Math.max(angles, columns), columns) +
    (picture + slabBytes(angles, columns)) / 8 +
    columns * 400
  );
}

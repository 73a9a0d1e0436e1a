import * as z from "zod/mini";

/** What a figure has to reach. */
export type Goal =
  | { readonly kind: "at-least" | "at-most"; readonly ratio: number }
  /** Ours may be larger than the other by this much. */
  | { readonly kind: "more-by-at-most"; readonly difference: number }
  | { readonly kind: "below"; readonly value: number };

/** What was measured on both sides of one comparison, in one unit; one value for each run. */
export interface Measured {
  readonly ours: readonly number[];
  readonly against: readonly number[];
}

export interface FigureOptions extends Measured {
  readonly name: string;
  /** What ours is compared with. */
  readonly peer: string;
  readonly unit: string;
  /** For times and memory; the best run is then the smallest. @defaultValue false */
  readonly smallerIsBetter?: boolean;
  /** Absent = told for information. */
  readonly goal?: Goal;
}

/** One row of the table, as it is kept in `bench/results`. */
export const figureSchema = z.strictObject({
  name: z.string(),
  /** Median of the runs. */
  ours: z.number(),
  against: z.number(),
  unit: z.string(),
  /** `ours / against`. */
  ratio: z.number(),
  /** In words: `≥ 0.9`; `null` = none. */
  goal: z.nullable(z.string()),
  met: z.nullable(z.boolean()),
  /** What `against` belongs to. */
  peer: z.string(),
  bestOurs: z.number(),
  bestAgainst: z.number(),
  runs: z.number(),
});
export type Figure = Readonly<z.infer<typeof figureSchema>>;

export function makeFigure({
  name,
  peer,
  unit,
  ours,
  against,
  goal,
  smallerIsBetter = false,
}: FigureOptions): Figure {
  const [a, b] = [median(ours), median(against)];
  // A text that could not be read, or nothing to divide by.
  if (!Number.isFinite(a / b)) throw new RangeError(`${name}: ${a} ${unit} against ${b} is no comparison`);
  const best = smallerIsBetter ? Math.min : Math.max;
  return {
    name,
    ours: round(a),
    against: round(b),
    unit,
    ratio: round(a / b),
    goal: goal === undefined ? null : renderGoal(goal, unit),
    met: goal === undefined ? null : isMet(goal, a, b),
    peer,
    bestOurs: round(best(...ours)),
    bestAgainst: round(best(...against)),
    runs: ours.length,
  };
}

/** Decided on what was measured, not on what is shown: 0.896 is not 0.9. */
function isMet(goal: Goal, ours: number, against: number): boolean {
  switch (goal.kind) {
    case "at-least":
      return ours / against >= goal.ratio;
    case "at-most":
      return ours / against <= goal.ratio;
    case "more-by-at-most":
      return ours - against <= goal.difference;
    default:
      return ours < goal.value;
  }
}

function renderGoal(goal: Goal, unit: string): string {
  switch (goal.kind) {
    case "at-least":
      return `≥ ${goal.ratio}`;
    case "at-most":
      return `≤ ${goal.ratio}`;
    case "more-by-at-most":
      return `≤ +${goal.difference} ${unit}`;
    default:
      return `< ${goal.value} ${unit}`;
  }
}

/** @throws {RangeError} there are no values: a figure that was never measured must not look like one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const high = sorted[Math.floor(sorted.length / 2)];
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  if (high === undefined || low === undefined) throw new RangeError("a median needs at least one value");
  return (low + high) / 2;
}

/** Four digits are more than any of these figures repeats to. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}

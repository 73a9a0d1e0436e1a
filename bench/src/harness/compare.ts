import type { Measured } from "./figure.js";

/** Measures one run and answers its figure. */
export type Run = () => Promise<number>;

/**
 * Runs both in turn, ours first in one pair and last in the next, so that a machine that becomes slower or faster meanwhile does
 * so for both. The first pair warms files, caches and compilers and is not counted.
 */
export async function compare(
  { ours, against }: { readonly ours: Run; readonly against: Run },
  runs: number,
): Promise<Measured> {
  const measured = { ours: [] as number[], against: [] as number[] };
  for (let pair = 0; pair <= runs; pair++) {
    const oursFirst = pair % 2 === 0;
    const early = await (oursFirst ? ours() : against());
    const late = await (oursFirst ? against() : ours());
    if (pair === 0) continue;
    measured.ours.push(oursFirst ? early : late);
    measured.against.push(oursFirst ? late : early);
  }
  return measured;
}

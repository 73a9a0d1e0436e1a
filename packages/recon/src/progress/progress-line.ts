/** Steps of a reconstruction that report progress, in their order. */
export const STAGES = ["fields", "beam", "centre", "limits", "reconstruct"] as const;
export type Stage = (typeof STAGES)[number];

/** How far a step has come. */
export interface Progress {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  /** Things done per second: slices in stage `reconstruct`. Null until it is known. */
  readonly ratePerSecond: number | null;
  readonly secondsLeft: number | null;
}

/**
 * Renders progress as one line for a program to read:
 * `progress: stage=reconstruct done=16 total=128 rate=3.1/s left=36s`.
 *
 * The format is stable: the word `progress:`, then `key=value` pairs separated by single blanks. `rate` and `left` are missing until they are
 * known; keys may be added at the end.
 */
export function renderProgressLine({ stage, done, total, ratePerSecond, secondsLeft }: Progress): string {
  const rate = ratePerSecond === null ? "" : ` rate=${formatRate(ratePerSecond)}/s`;
  const left = secondsLeft === null ? "" : ` left=${Math.ceil(secondsLeft)}s`;
  return `progress: stage=${stage} done=${done} total=${total}${rate}${left}`;
}

/** Reads a line of {@link renderProgressLine}; null for any other line. Blanks around it and a trailing CR don't matter. */
export function parseProgressLine(line: string): Progress | null {
  const match = /^\s*progress: (.+?)\s*$/.exec(line);
  if (match === null) return null;
  const pairs = new Map(
    (match[1] ?? "").split(" ").map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
  const stage = STAGES.find((name) => name === pairs.get("stage"));
  const done = toCount(pairs.get("done"));
  const total = toCount(pairs.get("total"));
  if (stage === undefined || done === null || total === null) return null;
  return {
    stage,
    done,
    total,
    ratePerSecond: toNumber(pairs.get("rate"), "/s"),
    secondsLeft: toNumber(pairs.get("left"), "s"),
  };
}

function toCount(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}

function toNumber(text: string | undefined, unit: string): number | null {
  if (text === undefined || !text.endsWith(unit)) return null;
  const value = Number(text.slice(0, -unit.length));
  return text.length > unit.length && Number.isFinite(value) ? value : null;
}

/** Three significant digits, never an exponent. */
export function formatRate(rate: number): string {
  if (rate >= 100) return rate.toFixed(0);
  return rate >= 10 ? rate.toFixed(1) : rate.toFixed(rate >= 1 ? 1 : 2);
}

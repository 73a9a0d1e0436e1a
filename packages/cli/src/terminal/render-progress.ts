import { renderBytes, renderDuration } from "../format/render-quantity.js";
import { measureWidth, truncateToWidth } from "./text-width.js";

export interface ProgressState {
  readonly label: string;
  readonly done: number;
  /** Absent = how much there is to do is not known. */
  readonly total?: number | undefined;
  /** Units per second over the last seconds; absent while too little is known. */
  readonly rate?: number | undefined;
  readonly elapsedSeconds: number;
  /** What is counted: bytes are written with their unit, other things by their name, e.g. `slices`. */
  readonly unit: string;
}

const widestBar = 24;
const narrowestBar = 8;

/** One line such as `Upload scan.nxs ██████░░░░ 60 %  12.0 of 20.0 MiB  4.1 MiB/s  2 s left`, at most `columns` wide. */
export function renderProgressBar(state: ProgressState, columns: number): string {
  const facts = renderFacts(state).join("  ");
  const room = columns - measureWidth(facts) - 2;
  const fraction = getFraction(state);
  const bar =
    fraction === undefined ? 0 : Math.min(widestBar, Math.max(0, room - measureWidth(state.label) - 1));
  if (fraction === undefined || bar < narrowestBar)
    return `${truncateToWidth(state.label, Math.max(10, room + 1))} ${facts}`;
  const full = Math.round(fraction * bar);
  return `${state.label} ${"█".repeat(full)}${"░".repeat(bar - full)} ${facts}`;
}

/** The same for a log: `Upload scan.nxs: 60 %, 12.0 of 20.0 MiB, 4.1 MiB/s, 2 s left`. */
export function renderProgressText(state: ProgressState): string {
  return `${state.label}: ${renderFacts(state).join(", ")}`;
}

/** What is left to say when it is done: `Upload scan.nxs: 20.0 MiB in 4.8 s (4.2 MiB/s)`. */
export function renderProgressEnd(state: ProgressState): string {
  const rate =
    state.elapsedSeconds > 0.05 ? ` (${renderAmount(state.done / state.elapsedSeconds, state.unit)}/s)` : "";
  return `${state.label}: ${renderAmount(state.done, state.unit)} in ${renderDuration(state.elapsedSeconds)}${rate}`;
}

function renderFacts(state: ProgressState): string[] {
  const facts: string[] = [];
  const fraction = getFraction(state);
  if (fraction !== undefined) facts.push(`${String(Math.floor(fraction * 100)).padStart(3)} %`);
  const total = state.total === undefined ? "" : ` of ${renderAmount(state.total, state.unit)}`;
  facts.push(renderAmount(state.done, total === "" || state.unit === "bytes" ? state.unit : "") + total);
  if (state.rate !== undefined && state.unit === "bytes") facts.push(`${renderBytes(state.rate)}/s`);
  if (state.rate !== undefined && state.rate > 0 && state.total !== undefined && state.total > state.done) {
    facts.push(`${renderDuration((state.total - state.done) / state.rate)} left`);
  }
  return facts.map((fact) => fact.trim());
}

function renderAmount(value: number, unit: string): string {
  if (unit === "bytes") return renderBytes(value);
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)} ${unit}`.trimEnd();
}

function getFraction({ done, total }: ProgressState): number | undefined {
  return total === undefined || total <= 0 ? undefined : Math.min(1, done / total);
}

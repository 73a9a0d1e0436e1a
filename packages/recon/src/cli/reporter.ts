import { formatRate, renderProgressLine } from "../progress/progress-line.js";
import type { Progress, Stage } from "../progress/progress-line.js";
import { ProgressMeter } from "../progress/progress-meter.js";

/** Where text goes; a part of `process.stdout`. */
export interface TextStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface ReporterOptions {
  readonly stdout: TextStream;
  readonly stderr: TextStream;
  /** Standard output is for the record alone: progress goes to standard error. */
  readonly json: boolean;
  readonly quiet: boolean;
}

const STAGE_NAMES: Record<Stage, string> = {
  fields: "Flats and darks",
  beam: "Beam intensity",
  centre: "Centre of rotation",
  limits: "Limits",
  reconstruct: "Reconstructing",
};

/** A bar is redrawn this often, a line for programs written that often. */
const BAR_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 1000;

/**
 * Tells how a reconstruction goes: a bar on a terminal, lines for programs elsewhere (see `renderProgressLine`); warnings always on standard
 * error.
 */
export class Reporter {
  readonly #options: ReporterOptions;
  readonly #meter: ProgressMeter;
  readonly #isTerminal: boolean;
  #hasBar = false;

  constructor(options: ReporterOptions) {
    this.#options = options;
    // With the data on standard output only standard error can be a place for a bar.
    this.#isTerminal = options.stderr.isTTY === true && (options.json || options.stdout.isTTY === true);
    this.#meter = new ProgressMeter(
      (progress) => this.#show(progress),
      this.#isTerminal ? BAR_INTERVAL_MS : LINE_INTERVAL_MS,
    );
  }

  progress(stage: Stage, done: number, total: number): void {
    if (!this.#options.quiet) this.#meter.update(stage, done, total);
  }

  /** A line for people. */
  info(text: string): void {
    if (this.#options.quiet) return;
    this.#clearBar();
    (this.#options.json ? this.#options.stderr : this.#options.stdout).write(`${text}\n`);
  }

  warn(text: string): void {
    this.#clearBar();
    this.#options.stderr.write(`warning: ${text}\n`);
  }

  fail(message: string, hint: string): void {
    this.#clearBar();
    this.#options.stderr.write(`scarf-recon: ${message}\n${hint === "" ? "" : `  ${hint}\n`}`);
  }

  /** The record, for programs. */
  data(value: unknown): void {
    this.#options.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  }

  #show(progress: Progress): void {
    if (!this.#isTerminal) {
      (this.#options.json ? this.#options.stderr : this.#options.stdout).write(
        `${renderProgressLine(progress)}\n`,
      );
      return;
    }
    this.#options.stderr.write(`\r\u001B[K${renderBar(progress, this.#options.stderr.columns ?? 80)}`);
    this.#hasBar = progress.done < progress.total;
    if (!this.#hasBar) this.#options.stderr.write("\n");
  }

  #clearBar(): void {
    if (this.#hasBar) this.#options.stderr.write("\r\u001B[K");
    this.#hasBar = false;
  }
}

/** One line that fits the terminal: name, bar, count, rate and time left. */
export function renderBar(
  { stage, done, total, ratePerSecond, secondsLeft }: Progress,
  width: number,
): string {
  const name = STAGE_NAMES[stage].padEnd(18);
  const rate =
    ratePerSecond === null || stage !== "reconstruct" ? "" : `  ${formatRate(ratePerSecond)} slices/s`;
  const left = secondsLeft === null || done === total ? "" : `  ${formatSeconds(secondsLeft)} left`;
  const tail = ` ${done}/${total}${rate}${left}`;
  const space = Math.max(0, Math.min(30, width - name.length - tail.length - 4));
  const filled = total === 0 ? 0 : Math.round((space * done) / total);
  return `${name} ${"█".repeat(filled)}${"░".repeat(space - filled)}${tail}`.slice(0, width - 1);
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.ceil(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.ceil((seconds % 3600) / 60)} min`;
}

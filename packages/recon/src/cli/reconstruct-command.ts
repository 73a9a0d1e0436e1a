import { ReconError, getErrorText } from "../errors/recon-error.js";
import { reconstruct } from "../pipeline/reconstruct.js";
import type { ReconRecord } from "../pipeline/record.js";
import type { ReconSettings } from "../pipeline/settings.js";
import type { Reporter } from "./reporter.js";

/** Ended by a signal: what to say is known only where the slices are counted. */
export class StopSignal extends Error {
  readonly signal: "SIGTERM" | "SIGINT";

  constructor(signal: "SIGTERM" | "SIGINT") {
    super(`Stopped by ${signal}.`);
    this.signal = signal;
  }

  /** As a shell gives it: 128 and the number of the signal. */
  get exitCode(): number {
    return this.signal === "SIGTERM" ? 143 : 130;
  }
}

/** `scarf-recon INPUT`: 0, or the exit code of what went wrong. */
export async function runReconstruct(
  settings: ReconSettings,
  command: readonly string[],
  json: boolean,
  reporter: Reporter,
  signal: AbortSignal,
): Promise<number> {
  let finished = 0;
  let total = 0;
  const soFar = (): string => {
    if (finished === 0 || settings.output.format === "h5") return "Nothing has been written.";
    return `${finished} of ${total} slices are finished and whole in ${settings.output.folder}.`;
  };
  try {
    const record = await reconstruct(settings, {
      signal,
      command,
      onProgress: (stage, done, all) => {
        if (stage === "reconstruct") [finished, total] = [done, all];
        reporter.progress(stage, done, all);
      },
      onWarning: (text) => reporter.warn(text),
      onScan: (scan) =>
        reporter.info(
          `${scan.path}: ${scan.projections} projections of ${scan.columns} columns × ${scan.rows} rows, ${scan.flats} flats, ${scan.darks} darks (${scan.format}).`,
        ),
      onCentre: (centre) =>
        reporter.info(`Centre of rotation: ${centre.pixels.toFixed(2)} (${centre.how}). ${centre.remark}`),
    });
    if (json) reporter.data(record);
    else reporter.info(describe(record));
    return 0;
  } catch (error) {
    if (error instanceof StopSignal) {
      reporter.fail(
        `Stopped by ${error.signal}. ${soFar()}`,
        "Start again with --overwrite, or for the missing rows only with --rows.",
      );
      return error.exitCode;
    }
    const known =
      error instanceof ReconError
        ? error
        : new ReconError(
            "INTERNAL",
            `A fault of this program: ${getErrorText(error).split("\n")[0] ?? ""}.`,
            "Please report it, with the command and the input's description from: scarf-recon inspect INPUT.",
          );
    if (json) reporter.data({ error: known.toJSON() });
    reporter.fail(known.message, total > 0 ? `${known.hint} ${soFar()}` : known.hint);
    if (!(error instanceof ReconError) && error instanceof Error && error.stack !== undefined)
      reporter.fail(error.stack, "");
    return known.exitCode;
  }
}

function describe({ output, seconds, peakMemoryBytes }: ReconRecord): string {
  const what =
    output.format === "h5"
      ? output.first
      : `${output.slices} slices, ${output.first} … ${output.last.slice(output.folder.length + 1)}`;
  const range = `${output.minimum.toPrecision(4)} … ${output.maximum.toPrecision(4)} ${output.unit}`;
  return `Wrote ${what}: ${output.size}×${output.size} ${output.sampleType}, ${range}. ${seconds.total.toFixed(1)} s, at most ${Math.round(peakMemoryBytes / 2 ** 20)} MiB.`;
}

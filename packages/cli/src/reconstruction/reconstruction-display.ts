import type { ReconstructionEvent } from "scarf-tomo";
import type { CommandContext, MakeProgress } from "../command-context.js";
import { renderBytes } from "../format/render-quantity.js";
import { getErrorReport } from "../render-error.js";
import { renderStatus } from "../render-status.js";
import type { Stages } from "../stages.js";
import type { Progress } from "../terminal/progress.js";
import { renderSafeLine } from "../terminal/safe-text.js";

const stepLabels: ReadonlyMap<string, string> = new Map([
  ["fields", "Read flats and darks"],
  ["beam", "Measure the beam"],
  ["centre", "Find the centre"],
  ["limits", "Find the range of values"],
  ["reconstruct", "Reconstruct"],
]);

/** Tells a person of a reconstruction on its way: a line for each step that is done, a bar for the one that is going on. */
export class ReconstructionDisplay {
  readonly #context: CommandContext;
  readonly #stages: Stages;
  readonly #makeProgress: MakeProgress;
  #progress: { readonly label: string; readonly bar: Progress } | undefined;
  /** What the line of the step will say. */
  #result = "";

  private constructor(context: CommandContext, stages: Stages, makeProgress: MakeProgress) {
    this.#context = context;
    this.#stages = stages;
    this.#makeProgress = makeProgress;
  }

  static async create(context: CommandContext, stages: Stages): Promise<ReconstructionDisplay> {
    return new ReconstructionDisplay(context, stages, await context.progressMaker());
  }

  handle(event: ReconstructionEvent): void {
    switch (event.kind) {
      case "stage-started":
        // Waiting for the start and waiting for the end is one step for the person who waits.
        if (event.stage !== "run") this.#stages.begin(event.stage === "queue" ? "watch" : event.stage);
        return;
      case "stage-ended":
        if (event.stage === "queue") return;
        this.#stop();
        this.#stages.end(this.#result);
        return;
      case "transfer":
        this.#result = renderBytes(event.bytesTotal ?? event.bytesDone);
        this.#update(
          event.stage === "download" ? "Download" : "Upload",
          "bytes",
          event.bytesDone,
          event.bytesTotal,
        );
        return;
      case "submitted":
        this.#result = `job ${event.jobId}`;
        return;
      case "status":
        this.#result = `job ${renderSafeLine(event.jobId)} ${renderStatus(event.status)}`;
        if (!this.#context.output.quiet) this.#context.output.statusLine.show(`  ${this.#result}`);
        return;
      case "progress":
        this.#update(
          stepLabels.get(event.step) ?? renderSafeLine(event.step),
          event.step === "reconstruct" ? "slices" : "",
          event.done,
          event.total,
        );
        return;
      case "out-of-sight":
        this.#context.output.note(
          renderSafeLine(
            `The job can't be seen for the moment, and asking goes on: ${getErrorReport(event.error).message}`,
          ),
        );
        return;
      case "output":
    }
  }

  /** Ends the step that has failed; under it stand the last lines that the job wrote, where the error has them. */
  fail(error: unknown): void {
    this.#stop();
    this.#stages.fail();
    const context =
      error instanceof Error && "context" in error && error.context instanceof Object ? error.context : {};
    const lines: unknown = "lastLines" in context ? context.lastLines : [];
    if (!Array.isArray(lines)) return;
    for (const line of lines) this.#context.output.warn(`  | ${renderSafeLine(String(line))}`);
  }

  #update(label: string, unit: string, done: number, total: number | undefined): void {
    if (this.#progress?.label !== label) {
      this.#stop();
      this.#progress = { label, bar: this.#makeProgress(`  ${label}`, unit) };
    }
    this.#progress.bar.update(done, total);
  }

  #stop(): void {
    this.#progress?.bar.stop();
    this.#progress = undefined;
  }
}

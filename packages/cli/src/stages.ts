import type { CommandContext } from "./command-context.js";
import { renderDuration } from "./format/render-quantity.js";
import { paint } from "./terminal/style.js";

export interface Stage {
  readonly name: string;
  readonly seconds: number;
}

/** The steps of a journey, one line each, with the time that each took. */
export class Stages {
  readonly done: Stage[] = [];
  readonly #context: CommandContext;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Does a step and tells of it in a line; `describe` says what came out. A failure names the step it happened in. */
  async run<Result>(
    name: string,
    work: () => Promise<Result>,
    describe: (result: Result) => string,
  ): Promise<Result> {
    this.#context.signal.throwIfAborted();
    const { statusLine } = this.#context.output;
    const startedAt = performance.now();
    statusLine.show(`  ${name} …`);
    try {
      const result = await work();
      const seconds = (performance.now() - startedAt) / 1000;
      this.done.push({ name, seconds });
      statusLine.clear();
      const time = renderDuration(seconds).padStart(7);
      this.#context.output.note(
        `${paint(process.stderr, "green", "✓")} ${name.padEnd(12)} ${time}  ${describe(result)}`,
      );
      return result;
    } catch (error) {
      statusLine.clear();
      this.#context.output.warn(`${paint(process.stderr, "red", "✗")} ${name}`);
      throw error;
    }
  }
}

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
  #current: { readonly name: string; readonly startedAt: number } | undefined;

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
    this.begin(name);
    try {
      const result = await work();
      this.end(describe(result));
      return result;
    } catch (error) {
      this.fail();
      throw error;
    }
  }

  begin(name: string): void {
    this.#current = { name, startedAt: performance.now() };
    if (!this.#context.output.quiet) this.#context.output.statusLine.show(`  ${name} …`);
  }

  /** The step that was begun last is done. */
  end(description: string): void {
    if (!this.#current) return;
    const { name, startedAt } = this.#current;
    const seconds = (performance.now() - startedAt) / 1000;
    this.#current = undefined;
    this.done.push({ name, seconds });
    const { output } = this.#context;
    output.statusLine.clear();
    const mark = paint(process.stderr, "green", "✓");
    const line = `${name.padEnd(12)} ${renderDuration(seconds).padStart(7)}  ${description}`.trimEnd();
    output.note(`${mark} ${output.statusLine.fit(line, 2)}`);
  }

  /** The step that was begun last, if one is not done, has failed. */
  fail(): void {
    if (!this.#current) return;
    const { name } = this.#current;
    this.#current = undefined;
    this.#context.output.statusLine.clear();
    this.#context.output.warn(`${paint(process.stderr, "red", "✗")} ${name}`);
  }
}

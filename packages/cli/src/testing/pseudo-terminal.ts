import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { type ScarfSandbox, scarfProgram } from "./scarf-sandbox.js";

/** A terminal of 80 columns, by `script` of util-linux; only for `*.real.test.ts`. */
export class PseudoTerminal {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended: Promise<number | null>;
  #output = "";

  /** Runs a line of `sh`. */
  constructor(sandbox: ScarfSandbox, line: string, environment: Readonly<Record<string, string>> = {}) {
    // Afterwards `stty -a` shows whether the terminal was left as it was found.
    const whole = `stty cols 80 rows 24; ${line}; code=$?; stty -a; exit $code`;
    this.#child = spawn("script", ["-qefc", whole, "/dev/null"], {
      cwd: sandbox.directory,
      env: sandbox.environment({
        TERM: "xterm-256color",
        SHELL: "/bin/sh",
        LANG: "C.UTF-8",
        ...environment,
      }),
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.#output += text));
    this.#ended = new Promise((resolve, reject) => this.#child.once("close", resolve).once("error", reject));
  }

  /** Runs scarf. */
  static run(
    sandbox: ScarfSandbox,
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): PseudoTerminal {
    const words = [process.execPath, scarfProgram, ...args].map(
      (word) => `'${word.replaceAll("'", String.raw`'\''`)}'`,
    );
    return new PseudoTerminal(sandbox, words.join(" "), environment);
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until the terminal has shown a text so many times. */
  async waitFor(text: string, times = 1, timeoutSeconds = 60): Promise<void> {
    const deadline = Date.now() + timeoutSeconds * 1000;
    while (this.#output.split(text).length <= times) {
      if (Date.now() > deadline)
        throw new Error(`the terminal never showed ${JSON.stringify(text)}; it shows:\n${this.#output}`);
      await sleep(20);
    }
  }

  type(keys: string): void {
    this.#child.stdin.write(keys);
  }

  /** The exit code and all that was shown, without the settings of the terminal, which come as a value of their own. */
  async end(): Promise<{ exitCode: number | null; output: string; echoes: boolean }> {
    const exitCode = await this.#ended;
    const settingsAt = this.#output.lastIndexOf("speed ");
    const settings = this.#output.slice(settingsAt);
    return {
      exitCode,
      output: this.#output.slice(0, settingsAt),
      echoes: / echo /.test(settings) && / icanon /.test(settings),
    };
  }
}

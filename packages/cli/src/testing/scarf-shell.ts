import { type ChildProcess, fork } from "node:child_process";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ScarfResult } from "./scarf-sandbox.js";

const shellProgram = fileURLToPath(new URL("scarf-shell-main.js", import.meta.url));

/** What the other side writes to both streams after each command; no command does. */
export const endOfCommand = "\u0004end of command\n";

/**
 * One process that runs one command line after the other. Loading the program takes far longer than most commands; what is
 * about processes (signals, pipes, exit) is tested with processes of their own.
 */
export class ScarfShell {
  readonly #child: ChildProcess;
  #last: Promise<unknown> = Promise.resolve();

  constructor(directory: string, environment: Readonly<Record<string, string>>) {
    this.#child = fork(shellProgram, {
      cwd: directory,
      env: environment,
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
  }

  run(args: readonly string[]): Promise<ScarfResult> {
    const result = this.#last.then(() => this.#runNow(args));
    this.#last = result.catch(() => undefined);
    return result;
  }

  end(): void {
    this.#child.kill("SIGKILL");
  }

  async #runNow(args: readonly string[]): Promise<ScarfResult> {
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error("started without pipes");
    const exitCode = new Promise<number>((resolve, reject) => {
      const fail = () => reject(new Error(`scarf ${args.join(" ")} ended the process it ran in`));
      this.#child.once("exit", fail);
      this.#child.once("message", (message) => {
        this.#child.off("exit", fail);
        resolve(Number(message));
      });
    });
    const texts = [readUntilEnd(stdout), readUntilEnd(stderr)] as const;
    this.#child.send(args);
    return { exitCode: await exitCode, stdout: await texts[0], stderr: await texts[1] };
  }
}

function readUntilEnd(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const onData = (chunk: string) => {
      text += chunk;
      if (!text.endsWith(endOfCommand)) return;
      stream.off("data", onData);
      resolve(text.slice(0, -endOfCommand.length));
    };
    stream.setEncoding("utf8").on("data", onData);
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../../packages/cli/dist/scarf.cjs", import.meta.url));

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command `scarf` as users have it, with a home of its own, and everything that it ever said. */
export class ScarfProgram {
  /** All output of all commands, with what was asked. */
  readonly transcript: Ended[] = [];
  readonly #folder: string;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #uid: number | undefined;

  /**
   * @param folder - configuration, state, temporary files and working directory are below it.
   * @param variables - more for the environment of every command.
   * @param uid - another user of the operating system, whom file modes stop; only root may.
   */
  constructor(folder: string, variables: Readonly<Record<string, string>> = {}, uid?: number) {
    this.#folder = folder;
    this.#variables = variables;
    this.#uid = uid;
  }

  start(args: readonly string[], stdin = ""): ChildProcess {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.#folder,
      ...(this.#uid !== undefined && { uid: this.#uid, gid: this.#uid }),
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: this.#folder,
        TMPDIR: join(this.#folder, "tmp"),
        TZ: "UTC",
        SCARF_CONFIG_DIR: join(this.#folder, "config"),
        SCARF_STATE_DIR: join(this.#folder, "state"),
        SCARF_USER: "ada",
        ...this.#variables,
      },
    });
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    return child;
  }

  async run(args: readonly string[], stdin?: string): Promise<Ended> {
    return this.collect(this.start(args, stdin));
  }

  /** Waits for the end of a command, and for all that it said. */
  async collect(child: ChildProcess): Promise<Ended> {
    if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
    const [stdout, stderr, exitCode] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject)),
    ]);
    const ended = { exitCode, stdout, stderr };
    this.transcript.push(ended);
    return ended;
  }

  /** Starts a gateway and waits until it listens. */
  async serve(configurationFile: string): Promise<ServedGateway> {
    const child = this.start(["serve", "--verbose", "--json", "--config", configurationFile]);
    if (child.stdout === null || child.stderr === null) throw new Error("started without pipes");
    const errors = text(child.stderr);
    const lines: string[] = [];
    const reader = createInterface(child.stdout);
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    const url = await new Promise<string>((resolve, reject) => {
      reader.on("line", (line) => {
        lines.push(line);
        resolve(/"url":\s*"([^"]+)"/.exec(line)?.[1] ?? "");
      });
      void ended.then(async () => reject(new Error(`The gateway did not start: ${await errors}`)));
    });
    return {
      url,
      pid: child.pid ?? 0,
      stop: async (signal = "SIGTERM") => {
        child.kill(signal);
        const exitCode = await ended;
        this.transcript.push({ exitCode, stdout: lines.join("\n"), stderr: await errors });
      },
    };
  }
}

export interface ServedGateway {
  readonly url: string;
  readonly pid: number;
  /** Ends it and waits for that. @defaultValue "SIGTERM" */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

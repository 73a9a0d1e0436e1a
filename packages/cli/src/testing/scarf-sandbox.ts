import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { ScarfShell } from "./scarf-shell.js";

/** The program as it ships; `npm test` builds it first. */
export const scarfProgram = fileURLToPath(new URL("../scarf.cjs", import.meta.url));

export interface ScarfResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly stdin?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Another user of the operating system; only root may. */
  readonly uid?: number;
}

/** A user with a home of their own: configuration, tokens and workspace in a temporary directory. */
export class ScarfSandbox {
  readonly directory: string;
  readonly #children = new Set<ChildProcess>();
  #shell: ScarfShell | undefined;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** `local` works in the sandbox; its engine ends by itself soon after the last job. */
  static async create(): Promise<ScarfSandbox> {
    const sandbox = new ScarfSandbox(await mkdtemp(join(tmpdir(), "scarf-cli-")));
    await mkdir(join(sandbox.directory, "config"));
    await sandbox.configure("");
    return sandbox;
  }

  path(...names: readonly string[]): string {
    return join(this.directory, ...names);
  }

  /** Replaces the configuration; the resource `local` stays as it is. */
  async configure(toml: string): Promise<void> {
    const local = `[resources.local]\nkind = "local"\nworkspace = ${JSON.stringify(this.path("workspace"))}\nidleSeconds = 1\nslots = 2\n`;
    await writeFile(this.path("config", "config.toml"), `${toml}\n${local}`);
  }

  async file(name: string, content: string | Uint8Array): Promise<string> {
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  environment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
    return {
      PATH: process.env["PATH"] ?? "",
      HOME: this.directory,
      TMPDIR: tmpdir(),
      USER: "ada",
      TZ: "UTC",
      SCARF_CONFIG_DIR: this.path("config"),
      SCARF_STATE_DIR: this.path("state"),
      SCARF_USER: "ada",
      ...extra,
    };
  }

  start(args: readonly string[], { stdin, environment, uid }: RunOptions = {}): ChildProcess {
    const child = spawn(process.execPath, [scarfProgram, ...args], {
      cwd: this.directory,
      env: this.environment(environment),
      stdio: ["pipe", "pipe", "pipe"],
      ...(uid !== undefined && { uid }),
    });
    // The child may end without reading what it was given.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  /** Runs a command to its end, in a process of its own where it needs one: with input, or another environment. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<ScarfResult> {
    if (options.stdin !== undefined || options.environment !== undefined || options.uid !== undefined)
      return collect(this.start(args, options));
    this.#shell ??= new ScarfShell(this.directory, this.environment());
    return this.#shell.run(args);
  }

  /** Runs a command with `--json` and reads its document; throws with what it said if it failed. */
  async json(args: readonly string[], options: RunOptions = {}): Promise<Record<string, unknown>> {
    const result = await this.run([args[0] ?? "", "--json", ...args.slice(1)], options);
    if (result.exitCode !== 0)
      throw new Error(`scarf ${args.join(" ")} ended with ${result.exitCode}: ${result.stderr}`);
    return readDocument(result.stdout);
  }

  async remove(): Promise<void> {
    this.#shell?.end();
    for (const child of this.#children) child.kill("SIGKILL");
    await rm(this.directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

/** Waits for a program's end and for all it wrote. */
export async function collect(child: ChildProcess): Promise<ScarfResult> {
  if (!child.stdout || !child.stderr) throw new Error("started without pipes");
  const [stdout, stderr, exitCode] = await Promise.all([
    readAll(child.stdout),
    readAll(child.stderr),
    new Promise<number | null>((resolve, reject) => child.once("close", resolve).once("error", reject)),
  ]);
  return { exitCode, stdout, stderr };
}

/** One JSON document, which must be an object. */
export function readDocument(text: string): Record<string, unknown> {
  const document: unknown = JSON.parse(text);
  if (typeof document !== "object" || document === null) throw new Error(`not a document: ${text}`);
  return { ...document };
}

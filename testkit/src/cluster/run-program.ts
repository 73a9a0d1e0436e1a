import { spawn } from "node:child_process";
import { constants } from "node:os";
import { text } from "node:stream/consumers";

/** How a program of this machine ended, and what it said. */
export interface Ended {
  /** 128 + the signal's number where one ended it. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunProgramOptions {
  readonly stdin?: string;
  /** The whole environment. @defaultValue this process's */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** Runs a program to its end, whatever that is. @throws it can't be started. */
export async function runProgram(
  [program, ...args]: readonly [string, ...string[]],
  { stdin = "", env, cwd }: RunProgramOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, { ...(env && { env }), ...(cwd !== undefined && { cwd }) });
  child.stdin.on("error", () => {}); // it need not read
  child.stdin.end(stdin);
  const [stdout, stderr, exitCode] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number>((resolve, reject) =>
      child
        .once("close", (code, signal) =>
          resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
        )
        .once("error", reject),
    ),
  ]);
  return { exitCode, stdout, stderr };
}

/** As `runProgram`, for a program that has to succeed: what it wrote to its output. */
export async function runOrThrow(
  argv: readonly [string, ...string[]],
  options?: RunProgramOptions,
): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(argv, options);
  if (exitCode === 0) return stdout;
  throw new Error(`${argv[0]} ended with ${exitCode}: ${stderr.trim() || stdout.trim()}`);
}

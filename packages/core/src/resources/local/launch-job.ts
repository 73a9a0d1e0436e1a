import type { ChildProcess } from "node:child_process";
import { closeSync, existsSync, openSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startProcess } from "../../transports/process/start-process.js";
import { getJobEnvironment } from "./job-environment.js";
import type { JobRecord, JobRef } from "./job-record.js";
import { getOutputPaths, substituteIds } from "./job-view.js";
import { isSystemError } from "../../transfers/disk/system-error.js";

/** The job could not be executed; the message is the reason that its user reads. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  /** As shells have it: 127 not found, 126 found but not executable. */
  readonly exitCode: number;

  constructor(exitCode: number, message: string, cause: unknown) {
    super(message, { cause });
    this.exitCode = exitCode;
  }
}

export interface Launch {
  readonly record: JobRecord;
  readonly ref: JobRef;
  /** Where `script` lies. */
  readonly stateDirectory: string;
  readonly mark: string;
}

/** Executes a job with its files and environment. @throws {LaunchError} */
export async function launchJob({ record, ref, stateDirectory, mark }: Launch): Promise<ChildProcess> {
  const ids = { id: String(ref.number), ...(ref.index !== undefined && { index: ref.index }) };
  const opened: number[] = [];
  const openFor = (what: string, path: string, flags: string): number => {
    try {
      const descriptor = openSync(path, flags, 0o644);
      opened.push(descriptor);
      return descriptor;
    } catch (error) {
      throw new LaunchError(126, `The ${what} ${path} could not be opened: ${describe(error)}.`, error);
    }
  };
  try {
    checkDirectory(record.workingDirectory);
    const paths = getOutputPaths(record, ids);
    const stdin =
      record.inputPath === undefined
        ? null
        : openFor("input file", substituteIds(record.inputPath, ids), "r");
    // Appending, as LSF does: a second run, or a name chosen badly, destroys nothing.
    const stdout = openFor("output file", paths.output, "a");
    const stderr = paths.error === paths.output ? stdout : openFor("error file", paths.error, "a");
    const env = getJobEnvironment(record, ref, mark);
    return await execute(getArgv(record, stateDirectory), {
      cwd: record.workingDirectory,
      env,
      stdin,
      stdout,
      stderr,
    });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

async function execute(
  argv: readonly string[],
  options: Parameters<typeof startProcess>[1],
): Promise<ChildProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startProcess(argv, options);
    } catch (error) {
      // ETXTBSY: a process forked at the moment when the script was written still holds it open, for milliseconds.
      // EAGAIN: too many processes at this moment.
      if (attempt < 10 && isSystemError(error, "ETXTBSY", "EAGAIN")) {
        await sleep(50 * attempt);
        continue;
      }
      const program = argv[0] ?? "";
      if (
        isSystemError(error, "ENOENT") ||
        (isSystemError(error, "EACCES") && isNowhere(program, options.env))
      )
        throw new LaunchError(127, `The program \`${program}\` was not found.`, error);
      throw new LaunchError(
        126,
        `The program \`${program}\` could not be executed: ${describe(error)}.`,
        error,
      );
    }
  }
}

/** A directory of PATH that may not be searched makes the system say "permission denied" of a program that is in none. */
function isNowhere(program: string, env: Readonly<Record<string, string>>): boolean {
  if (program.includes("/")) return false;
  return !(env["PATH"] ?? "").split(delimiter).some((directory) => existsSync(join(directory, program)));
}

function getArgv({ launch }: JobRecord, stateDirectory: string): readonly string[] {
  if (launch.kind === "argv") return launch.argv;
  return [...launch.interpreter, join(stateDirectory, "script"), ...launch.args];
}

/** Node reports a missing directory as if the program were missing. */
function checkDirectory(path: string): void {
  let problem: string | undefined;
  try {
    if (!statSync(path).isDirectory()) problem = "it is not a directory";
  } catch (error) {
    problem = describe(error);
  }
  if (problem !== undefined)
    throw new LaunchError(126, `The working directory ${path} can't be used: ${problem}.`, undefined);
}

function describe(error: unknown): string {
  if (isSystemError(error, "ENOENT")) return "it does not exist";
  if (isSystemError(error, "EACCES", "EPERM")) return "permission denied";
  if (isSystemError(error, "EISDIR")) return "it is a directory";
  if (isSystemError(error, "ENOSPC", "EDQUOT")) return "no space is left";
  if (isSystemError(error, "E2BIG")) return "its arguments and environment are too long";
  return error instanceof Error ? error.message : String(error);
}

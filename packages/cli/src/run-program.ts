import { CommanderError } from "commander";
import { buildProgram } from "./program.js";
import { refusePasswordArguments } from "./refuse-password-arguments.js";
import { getErrorReport, renderError } from "./render-error.js";
import { toUsageError } from "./program-errors.js";

/** 128 + SIGPIPE: what a program in C ends with when the reader of its output has gone. */
const brokenPipeExitCode = 141;

/** Does what the arguments say, and ends the process with the exit code that tells how it went. */
export async function runProgram(args: readonly string[]): Promise<void> {
  endWithReader();
  // Node would end with 1, which here means that a job did not succeed.
  process.on("uncaughtException", (error) => process.exit(fail(error, args)));
  process.exitCode = await runCommandLine(args);
  // What is written must have gone out, or have failed to, before the end. A connection kept alive for a next request
  // must not keep a finished command waiting.
  process.stdout.write("", () => setImmediate(() => process.exit()));
}

/** Does what the arguments say, tells of a failure on standard error, and returns the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  try {
    refusePasswordArguments(args);
    await buildProgram(args).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (!(error instanceof CommanderError)) return fail(error, args);
    return error.exitCode === 0 ? 0 : fail(toUsageError(error, args), args);
  }
}

/** The reader of the output may have what it wanted (`scarf jobs | head -1`): nothing to say then, and nobody to say it to. */
function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(brokenPipeExitCode);
      throw error;
    });
  }
}

/** Renders an error and returns the exit code. Read from the arguments: parsing may be what failed. */
function fail(error: unknown, args: readonly string[]): number {
  const own = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const json = own.includes("--json");
  const verbose = own.includes("--verbose") || own.includes("-v");
  process.stderr.write(`${renderError(error, { json, verbose })}\n`);
  return getErrorReport(error).exitCode;
}

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
  const program = buildProgram(args);
  try {
    refusePasswordArguments(args);
    await program.parseAsync(args, { from: "user" });
  } catch (error) {
    const isHelp = error instanceof CommanderError && error.exitCode === 0;
    if (!isHelp)
      process.exitCode = fail(error instanceof CommanderError ? toUsageError(error, args) : error, args);
  }
  // What is written must have gone out, or have failed to, before the end. A connection kept alive for a next request
  // must not keep a finished command waiting.
  process.stdout.write("", () => setImmediate(() => process.exit()));
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

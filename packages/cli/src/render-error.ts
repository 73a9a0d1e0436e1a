import { renderSafeLines } from "./terminal/safe-text.js";
import { renderJson } from "./terminal/render-json.js";

/** What a failure of any origin comes to for the user. */
export interface ErrorReport {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly exitCode: number;
}

/** EX_SOFTWARE of sysexits.h: a bug of ours. */
const bugExitCode = 70;
/** EX_IOERR. */
const systemErrorExitCode = 74;

/** Reads an error by its shape: a typed error of core, one of this program, or anything else, which is a bug. */
export function getErrorReport(error: unknown): ErrorReport {
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    if ("exitCode" in error && typeof error.exitCode === "number" && "hint" in error) {
      return {
        code: error.code,
        message: error.message,
        ...(typeof error.hint === "string" && error.hint !== "" && { hint: error.hint }),
        exitCode: error.exitCode,
      };
    }
    if ("syscall" in error) {
      return {
        code: "SYSTEM_ERROR",
        message: `The operating system refused: ${error.message}.`,
        exitCode: systemErrorExitCode,
      };
    }
  }
  return {
    code: "BUG",
    message: `A mistake in scarf itself: ${String(error)}`,
    hint: "Please report it with what `--verbose` shows.",
    exitCode: bugExitCode,
  };
}

/** The lines for standard error: `scarf: message`, the hint, and with `verbose` context, causes and stack. */
export function renderError(error: unknown, { json, verbose }: { json: boolean; verbose: boolean }): string {
  const { code, message, hint } = getErrorReport(error);
  const details = verbose ? getDetails(error) : undefined;
  if (json) return renderJson({ code, message, ...(hint !== undefined && { hint }), ...details });
  const lines = [`scarf: ${message}`];
  if (hint !== undefined) lines.push(hint);
  if (details) {
    lines.push(`code: ${code}`);
    if (Object.keys(details.context).length > 0) lines.push(`context: ${renderJson(details.context)}`);
    lines.push(...details.stack.split("\n"));
  }
  return lines.map(renderSafeLines).join("\n");
}

function getDetails(error: unknown): { context: object; stack: string } {
  const context =
    error instanceof Error && "context" in error && error.context instanceof Object ? error.context : {};
  const stacks: string[] = [];
  for (let cause = error; cause instanceof Error && stacks.length < 5; cause = cause.cause)
    stacks.push(cause.stack ?? String(cause));
  return { context, stack: stacks.join("\ncaused by ") };
}

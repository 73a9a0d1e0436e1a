import type { CommandContext } from "./command-context.js";
import { ask, canAsk } from "./terminal/prompt.js";
import { UsageError } from "./usage-error.js";

const longestPasswordBytes = 64 * 1024;

/**
 * Reads a password from standard input or by a hidden prompt.
 * @throws {UsageError} nobody to ask, or an empty answer. @throws {InterruptedError} Ctrl-C.
 */
export async function readPassword(
  context: CommandContext,
  question: string,
  { fromStdin }: { fromStdin: boolean },
): Promise<string> {
  const password =
    fromStdin && !process.stdin.isTTY
      ? await readFromStdin(context)
      : await askForPassword(context, question);
  if (password === "") throw new UsageError("The password is empty.", "Nothing was sent. Try again.");
  return password;
}

function askForPassword(context: CommandContext, question: string): Promise<string> {
  if (!canAsk()) {
    throw new UsageError(
      "A password is needed, and there is no terminal to ask for it.",
      "Pipe it in: scarf … --password-stdin < FILE",
    );
  }
  return ask(question, context.interrupts, { hidden: true });
}

/** All of standard input; the line end that `echo` and editors add is not part of the password. */
async function readFromStdin(context: CommandContext): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  context.signal.addEventListener("abort", () => process.stdin.destroy(), { once: true });
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    sizeBytes += chunk.length;
    if (sizeBytes > longestPasswordBytes) {
      throw new UsageError(
        "What came in with --password-stdin is too long for a password.",
        "Pipe in the password alone.",
      );
    }
  }
  const password = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password.includes("\n")) {
    throw new UsageError(
      "What came in with --password-stdin has several lines.",
      "Pipe in the password alone, on one line.",
    );
  }
  return password;
}

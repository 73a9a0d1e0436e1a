import type { ScarfError } from "../errors/index.js";
import { typedError } from "../errors/typed-error.js";

export interface PartialTransfer {
  readonly name: string;
  readonly doneBytes: number;
  readonly totalBytes: number | undefined;
  /** What the next try need not move again. */
  readonly keptBytes: number;
}

/** The same error, saying also how much had been moved of how much, and where another try begins. */
export function explainPartial(
  error: ScarfError,
  { name, doneBytes, totalBytes, keptBytes }: PartialTransfer,
): ScarfError {
  // Nothing had begun: then there is nothing to say of it.
  if (doneBytes === 0 && keptBytes === 0) return error;
  const of = totalBytes === undefined ? "" : ` of ${totalBytes}`;
  const again =
    keptBytes > 0
      ? `Do the same again: it goes on after ${keptBytes} bytes.`
      : "Do the same again: it begins at the first byte.";
  return typedError(
    error.code,
    `${error.message.replace(/\.$/, "")}. Of ${name} ${doneBytes}${of} bytes had passed.`,
    {
      hint: error.hint === undefined || keptBytes > 0 ? again : `${error.hint} ${again}`,
      context: { ...error.context, doneBytes, totalBytes, keptBytes },
      cause: error,
    },
  );
}

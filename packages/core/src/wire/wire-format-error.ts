/** `truncated`: the bytes ended too early. `malformed`: they are not what the protocol says. `too-large`: a bound was exceeded. */
export type WireFormatProblem = "truncated" | "malformed" | "too-large";

/**
 * Bytes of the web service can't be understood. Not a `ScarfError`: what it means depends on the side.
 * A client makes `OUTPUT_UNREADABLE` or `TRANSFER_INCOMPLETE` of it, a server a refusal.
 */
export class WireFormatError extends Error {
  override readonly name = "WireFormatError";
  readonly problem: WireFormatProblem;

  constructor(problem: WireFormatProblem, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.problem = problem;
  }
}

/**
 * A command line that can't be carried out as it stands. Looks like core's `ValueError` with `USAGE_INVALID`, without
 * loading core: most mistakes are found before anything heavy is needed.
 */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly code = "USAGE_INVALID";
  readonly exitCode = 64;
  readonly hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>> = {};

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

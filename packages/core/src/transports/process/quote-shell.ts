/**
 * Renders an argument list as one line for `/bin/sh` that yields exactly these arguments. Together with the
 * functions of this file the only code that quotes for a shell.
 *
 * Line feeds stay inside single quotes, which every POSIX shell reads; NUL cannot be an argument at all.
 * @throws {RangeError} an argument holds NUL: a bug of the caller, who has to refuse it with a sentence first.
 */
export function quoteForShell(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(" ");
}

/** One argument, quoted only where it needs to be. */
export function quoteArgument(argument: string): string {
  if (argument.includes("\0")) throw new RangeError("An argument for a shell holds a NUL character");
  // `NAME=value` as the first word would be an assignment, and some shells expand what follows a leading `=`.
  if (/^[A-Za-z0-9_./,:@%+-][A-Za-z0-9_./,:@%+=-]*$/.test(argument) && !/^[A-Za-z_]\w*=/.test(argument))
    return argument;
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

import { UsageError } from "./usage-error.js";

/**
 * Refuses a password among the arguments, before anything else looks at them.
 * @throws {UsageError} with the reason; never with the password.
 */
export function refusePasswordArguments(args: readonly string[]): void {
  const name = args.find((argument) => !argument.startsWith("-"));
  // What follows `submit` may be a program's own arguments, and those are not ours to judge.
  if (name === "submit") return;
  const end = args.indexOf("--");
  for (const argument of end === -1 ? args : args.slice(0, end)) {
    if (!/^--?passw(?:or)?d(?:=|$)/i.test(argument)) continue;
    throw new UsageError(
      "A password as an argument can be read by everybody on this machine and stays in the shell's history, so it is not taken.",
      "Leave it out and type it when asked, or pipe it in with --password-stdin. If it was a real password, change it.",
    );
  }
}

import { type GlobalOptions, globalOptionNames } from "../global-options.js";
import { UsageError } from "../usage-error.js";

export interface PropertyFlags {
  /** As typed: matching names without regard to case is the algorithm's business. */
  readonly properties: Readonly<Record<string, string>>;
  readonly global: GlobalOptions;
  readonly passwordStdin: boolean;
  /** False: take the defaults for what is not given. */
  readonly ask: boolean;
  readonly help: boolean;
}

const shortNames: Readonly<Record<string, string>> = {
  r: "resource",
  u: "user",
  q: "quiet",
  v: "verbose",
  h: "help",
};

/**
 * Reads what follows the algorithm's name: `--Name=value` or `--Name value` for a property, and our own options among them.
 * `isFlag` tells the properties that may stand without a value.
 * @throws {UsageError} a word that is neither, or a property without its value.
 */
export function parsePropertyFlags(
  words: readonly string[],
  isFlag: (name: string) => boolean,
): PropertyFlags {
  const properties = new Map<string, string>();
  const own = new Map<string, string | true>();
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const match = /^(?:--([^=]+)|-([a-z]))(?:=(.*))?$/s.exec(word);
    const name = match?.[1] ?? shortNames[match?.[2] ?? ""];
    if (name === undefined) {
      throw new UsageError(
        `${JSON.stringify(word)} is not a property.`,
        "Write properties as --Name=value, e.g. --Action=Ping.",
      );
    }
    const inline = match?.[3];
    const next = words[index + 1];
    const takeNext = () => {
      if (next === undefined || next.startsWith("--")) {
        throw new UsageError(
          `--${name} needs a value.`,
          `Write --${name}=VALUE; --${name}= is the empty text.`,
        );
      }
      index += 1;
      return next;
    };
    if (ownFlags.has(name)) own.set(name, true);
    else if ((globalOptionNames.values as readonly string[]).includes(name))
      own.set(name, inline ?? takeNext());
    else if (properties.has(name)) throw new UsageError(`--${name} is given twice.`);
    else properties.set(name, inline ?? (isFlag(name) ? "true" : takeNext()));
  }
  const text = (name: string) => {
    const value = own.get(name);
    return typeof value === "string" ? value : undefined;
  };
  const resource = text("resource");
  const user = text("user");
  return {
    // So that even `__proto__` is a property, which the algorithm then does not know.
    properties: Object.fromEntries(properties),
    global: {
      ...(own.has("json") && { json: true }),
      ...(own.has("quiet") && { quiet: true }),
      ...(own.has("verbose") && { verbose: true }),
      ...(resource !== undefined && { resource }),
      ...(user !== undefined && { user }),
    },
    passwordStdin: own.has("password-stdin"),
    ask: !own.has("no-ask"),
    help: own.has("help"),
  };
}

const ownFlags: ReadonlySet<string> = new Set([
  ...globalOptionNames.flags,
  "password-stdin",
  "no-ask",
  "help",
]);

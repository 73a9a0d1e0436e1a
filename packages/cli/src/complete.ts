import tab, { type Command as TabCommand, script, ShellCompDirective } from "@bomb.sh/tab";
import type { Command, Option } from "commander";
import { completionScripts } from "./completion-scripts.js";

/** The script for a shell; it asks `scarf complete -- WORDS` at every Tab. */
export function renderCompletionScript(shell: "bash" | "zsh" | "fish"): string {
  if (shell !== "fish") return completionScripts[shell];
  // The library prints; what it prints is the whole of its answer.
  return captureLog(() => script(shell, "scarf", "scarf"));
}

/** Prints the words that can stand where the last of `words` is being typed, in the form that the scripts read. */
export async function printCompletions(program: Command, words: string[]): Promise<void> {
  const { command, operands } = findCommand(program, words.slice(0, -1));
  const typed = words.at(-1) ?? "";
  if (wantsFile(command, words, operands)) {
    process.stdout.write(`:${ShellCompDirective.ShellCompDirectiveDefault}\n`);
    return;
  }
  const dynamic = await getDynamicValues(words.at(-2), typed);
  describe(tab, program, dynamic);
  process.stdout.write(captureLog(() => tab.parse([...words])) + "\n");
}

function captureLog(print: () => void): string {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: unknown) => lines.push(String(line));
  try {
    print();
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

/** The command that the words before the last one lead to, and what of them are its operands. */
function findCommand(
  program: Command,
  words: readonly string[],
): { command: Command; operands: readonly string[] } {
  let command = program;
  const rest = [...words];
  for (;;) {
    const [word] = rest;
    if (word === undefined) break;
    const next = command.commands.find(
      (candidate) => candidate.name() === word || candidate.aliases().includes(word),
    );
    if (!next) break;
    command = next;
    rest.shift();
  }
  const operands = rest.filter((word, index) => {
    if (word.startsWith("-")) return false;
    const before = rest[index - 1];
    return before === undefined || !takesValue(command, before);
  });
  return { command, operands };
}

function findOption(command: Command, word: string | undefined): Option | undefined {
  return word === undefined
    ? undefined
    : command.options.find((option) => option.long === word || option.short === word);
}

function takesValue(command: Command, word: string): boolean {
  const option = findOption(command, word);
  return option !== undefined && (option.required || option.optional);
}

/** A local file or directory stands here: the shell completes those best. */
function wantsFile(command: Command, words: readonly string[], operands: readonly string[]): boolean {
  const typed = words.at(-1) ?? "";
  const option = findOption(command, words.at(-2));
  if (option && (option.required || option.optional))
    return localPathOptions.has(`${command.name()} ${option.long ?? ""}`);
  if (typed.startsWith("-")) return false;
  return localPathOperands.has(command.name()) || (command.name() === "submit" && operands.length === 0);
}

const localPathOperands = new Set(["upload", "reconstruct"]);
const localPathOptions = new Set([
  "submit --script",
  "submit --attach",
  "download --output",
  "get --output",
  "reconstruct --output",
  "demo --out",
  "demo --data",
  "serve --config",
  "add --ca-file",
  "add --path",
  "add --shared",
]);

/** Values that only the configuration knows. Whatever goes wrong, a Tab must not print an error into the command line. */
async function getDynamicValues(
  before: string | undefined,
  typed: string,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const asksForResource = before === "--resource" || before === "-r" || typed.startsWith("--resource=");
  if (!asksForResource && !resourceCommands.has(before ?? "")) return new Map();
  try {
    const { readClientConfiguration } = await import("scarf-tomo");
    return new Map([["resource", Object.keys((await readClientConfiguration()).resources)]]);
  } catch {
    return new Map();
  }
}

const resourceCommands = new Set(["login", "logout", "ping"]);

/** Tells the library of a command, its options and arguments, and those of its subcommands under their full names. */
function describe(
  target: TabCommand,
  command: Command,
  values: ReadonlyMap<string, readonly string[]>,
  path = "",
): void {
  for (const option of command.createHelp().visibleOptions(command)) {
    if (!option.long) continue;
    const name = option.long.slice(2);
    const alias = option.short?.slice(1);
    if (option.required || option.optional) {
      target.option(name, option.description, offer(option.argChoices ?? values.get(name)), alias);
    } else if (alias === undefined) target.option(name, option.description);
    else target.option(name, option.description, alias);
  }
  for (const argument of command.registeredArguments) {
    target.argument(
      argument.name(),
      offer(argument.argChoices ?? values.get(argument.name())),
      argument.variadic,
    );
  }
  for (const subcommand of command.createHelp().visibleCommands(command)) {
    const name = path === "" ? subcommand.name() : `${path} ${subcommand.name()}`;
    if (subcommand.name() === "help") continue;
    describe(tab.command(name, subcommand.summary() || subcommand.description()), subcommand, values, name);
  }
}

function offer(choices: readonly string[] | undefined) {
  return (complete: (value: string, description: string) => void) => {
    for (const choice of choices ?? []) complete(choice, "");
  };
}

import { type Command, InvalidArgumentError, Option } from "commander";
import type { Dependency, Notification } from "scarf-tomo";
import {
  collect,
  collectAssignment,
  parseCount,
  parseDuration,
  parseInstant,
  parseSize,
} from "./format/parse-quantity.js";

/** What the options of `scarf submit` that describe the job come to. */
export interface JobOptions {
  readonly script?: string;
  readonly shell?: string;
  readonly application?: string;
  readonly param?: Readonly<Record<string, string>>;
  readonly name?: string;
  readonly description?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly output?: string;
  readonly error?: string;
  readonly attach?: readonly string[];
  readonly queue?: string;
  readonly account?: string;
  readonly qos?: string;
  readonly reservation?: string;
  readonly nodes?: number;
  readonly tasks?: number;
  readonly tasksPerNode?: number;
  readonly cores?: number;
  readonly gpus?: number;
  readonly memory?: number;
  readonly time?: number;
  readonly constraint?: string;
  readonly exclusive?: boolean;
  readonly array?: string;
  readonly arrayMax?: number;
  readonly after?: readonly Dependency[];
  readonly begin?: Date;
  readonly hold?: boolean;
  readonly requeueable?: boolean;
  readonly priority?: number;
  readonly notify?: Notification["events"];
  readonly notifyAddress?: string;
  readonly native?: readonly string[];
}

const conditions = ["started", "ended", "succeeded", "failed"] as const;
const events = ["started", "ended", "failed"] as const;

/** Adds the options that describe a job, in groups. */
export function addJobOptions(command: Command): Command {
  const group = (heading: string, options: readonly Option[]) => {
    for (const option of options) command.addOption(option.helpGroup(heading));
  };
  group("What runs:", [
    new Option("--script <file>", "run this script; - reads it from standard input"),
    new Option("--shell <line>", "run this line with /bin/sh"),
    new Option("--application <name>", "fill in this application's form; see --param"),
    new Option("--param <key=value>", "a field of the form; may be given several times").argParser(
      collectAssignment,
    ),
    new Option(
      "--attach <file>",
      "lay this file into the job's directory; may be given several times",
    ).argParser(collect),
    new Option("--name <name>", "name of the job"),
    new Option("--description <text>", "a remark that stays with the job"),
    new Option("--cwd <directory>", "directory on the resource to run in (default: one of the job's own)"),
    new Option("--env <name=value>", "environment variable; may be given several times").argParser(
      collectAssignment,
    ),
    new Option("--input <path>", "standard input, on the resource"),
    new Option("--output <path>", "standard output, on the resource; %J is the job id"),
    new Option("--error <path>", "standard error, on the resource"),
  ]);
  group("What it needs:", [
    new Option("--queue <name>", "queue"),
    new Option("--nodes <count>", "nodes").argParser(parseCount),
    new Option("--tasks <count>", "tasks over all nodes").argParser(parseCount),
    new Option("--tasks-per-node <count>", "tasks on each node").argParser(parseCount),
    new Option("--cores <count>", "cores of each task").argParser(parseCount),
    new Option("--gpus <count>", "GPUs on each node").argParser(parseCount),
    new Option("--memory <size>", "memory on each node, e.g. 8G").argParser(parseSize),
    new Option("--time <duration>", "ended when it has run this long, e.g. 2h30min").argParser(parseDuration),
    new Option("--constraint <expression>", "features of the nodes, as the scheduler writes them"),
    new Option("--exclusive", "no other job on the same nodes"),
    new Option("--account <name>", "what is charged"),
    new Option("--qos <name>", "quality of service"),
    new Option("--reservation <name>", "reservation"),
    new Option("--native <option>", "passed to the scheduler as it is; may be given several times").argParser(
      collect,
    ),
  ]);
  group("When it runs:", [
    new Option("--array <indices>", "an array of jobs: 1-10, 1,5,9 or 0-20:5"),
    new Option("--array-max <count>", "at most so many of them at a time").argParser(parseCount),
    new Option(
      "--after <[condition:]job>",
      `after another job has ${conditions.join(", ")} (default: succeeded); may be given several times`,
    ).argParser(collectDependency),
    new Option("--begin <time>", "not before: 18:00, 2026-11-25T18:00 or +2h").argParser((text) =>
      parseInstant(text),
    ),
    new Option("--hold", "queue it, but start it only after `scarf release`"),
    new Option("--requeueable", "the scheduler may start it again when a node fails"),
    new Option("--priority <number>", "priority among your own jobs").argParser(parsePriority),
    new Option(
      "--notify <events>",
      `write a mail when it has ${events.join(", ")} (comma-separated)`,
    ).argParser(parseEvents),
    new Option("--notify-address <address>", "where to (default: the address the cluster has for you)"),
  ]);
  return command;
}

function collectDependency(text: string, previous: readonly Dependency[] = []): Dependency[] {
  const match = /^(?:([a-z]+):)?(.+)$/.exec(text);
  const condition = conditions.find((word) => word === (match?.[1] ?? "succeeded"));
  if (!match?.[2] || !condition) {
    throw new InvalidArgumentError(`Write it as JOB or CONDITION:JOB with one of ${conditions.join(", ")}.`);
  }
  return [...previous, { condition, jobId: match[2] }];
}

function parseEvents(text: string): Notification["events"] {
  return text.split(",").map((word) => {
    const event = events.find((known) => known === word.trim());
    if (!event) throw new InvalidArgumentError(`Write some of ${events.join(", ")}, with commas between.`);
    return event;
  });
}

function parsePriority(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError("Write a whole number.");
  return Number(text);
}

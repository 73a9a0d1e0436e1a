import type { JobSpec, Notification, ResourceSpec } from "../../model/index.js";
import { parseKeyedDescription } from "../jobs/submit-key-text.js";
import { parseDependencies, parseResourceRequirement } from "./parse-requirements.js";
import { rejectedOption } from "./rejected.js";
import { splitWords } from "../shell-words.js";
import { WireFormatError } from "../wire-format-error.js";

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What bsub options say, as fields of a job spec. `submitKey` stood in `-Jd`. */
export interface ParsedBsubOptions {
  readonly spec: Omit<JobSpec, "task">;
  readonly submitKey?: string;
}

interface Reading {
  readonly spec: Mutable<Omit<JobSpec, "task">>;
  readonly resources: Mutable<ResourceSpec>;
  readonly environment: Map<string, string>;
  readonly events: Set<Notification["events"][number]>;
  tasks?: number;
  perNode?: number;
  address?: string;
  submitKey?: string;
}

type Apply = (reading: Reading, value: string, option: string) => void;

/** Options with a value. */
const valued: Readonly<Record<string, Apply>> = {
  "-J": (reading, value) => applyName(reading, value),
  "-Jd": (reading, value) => {
    const { description, submitKey } = parseKeyedDescription(value);
    if (description !== undefined) reading.spec.description = description;
    if (submitKey !== undefined) reading.submitKey = submitKey;
  },
  "-q": (reading, value) => (reading.spec.queue = value),
  "-P": (reading, value) => (reading.spec.account = value),
  "-sla": (reading, value) => (reading.spec.qos = value),
  "-U": (reading, value) => (reading.spec.reservation = value),
  "-cwd": (reading, value) => (reading.spec.workingDirectory = value),
  "-i": (reading, value) => (reading.spec.inputPath = value),
  "-is": (reading, value) => (reading.spec.inputPath = value),
  "-o": (reading, value) => (reading.spec.outputPath = value),
  "-oo": (reading, value) => (reading.spec.outputPath = value),
  "-e": (reading, value) => (reading.spec.errorPath = value),
  "-eo": (reading, value) => (reading.spec.errorPath = value),
  "-n": (reading, value, option) => (reading.tasks = wholeNumber(value, option)),
  "-nnodes": (reading, value, option) => (reading.resources.nodes = wholeNumber(value, option)),
  "-W": (reading, value) => (reading.resources.wallTimeSeconds = parseRunLimit(value)),
  "-M": (reading, value) => (reading.resources.memoryPerNodeBytes = parseMemoryLimit(value)),
  "-R": (reading, value) => {
    const { perNode, ...found } = parseResourceRequirement(value);
    Object.assign(reading.resources, found);
    if (perNode !== undefined) reading.perNode = perNode;
  },
  "-gpu": (reading, value, option) => {
    const count = /(?:^|:)num=(\d+)/.exec(value)?.[1] ?? (value === "-" ? "1" : undefined);
    if (count === undefined) throw rejectedOption(`${option} ${value}`, "write it as num=2");
    reading.resources.gpusPerNode = Number(count);
  },
  "-w": (reading, value) => (reading.spec.dependencies = parseDependencies(value)),
  "-b": (reading, value) => (reading.spec.beginAt = parseBeginTime(value)),
  "-sp": (reading, value, option) => (reading.spec.priority = wholeNumber(value, option)),
  "-u": (reading, value) => (reading.address = value),
  "-notify": (reading, value) => {
    for (const word of value.split(/\s+/)) {
      const event = { start: "started", done: "ended", exit: "failed" }[word];
      if (event !== "started" && event !== "ended" && event !== "failed")
        throw rejectedOption(`-notify ${word}`);
      reading.events.add(event);
    }
  },
  "-env": (reading, value) => readEnvironment(reading.environment, value),
};

/** Options without a value. */
const flags: Readonly<Record<string, (reading: Reading) => void>> = {
  "-x": (reading) => (reading.resources.exclusive = true),
  "-H": (reading) => (reading.spec.hold = true),
  "-r": (reading) => (reading.spec.requeueable = true),
  "-rn": (reading) => (reading.spec.requeueable = false),
  "-B": (reading) => reading.events.add("started"),
  "-N": (reading) => reading.events.add("ended"),
};

/**
 * Reads bsub options (a form's `EXTRA_PARAMS`) into the fields they mean. Everything is understood or refused.
 * @throws {SpecError} `SPEC_REJECTED` naming the first option that is not known or has a value that can't be read.
 */
export function parseBsubOptions(text: string): ParsedBsubOptions {
  const reading: Reading = { spec: {}, resources: {}, environment: new Map(), events: new Set() };
  // An iterator: to shift the words off the array would take a minute for a megabyte of them.
  const words = wordsOf(text).values();
  for (const option of words) {
    const flag = own(flags, option);
    if (flag !== undefined) {
      flag(reading);
      continue;
    }
    const { name, attached } = splitOption(option);
    const apply = own(valued, name);
    if (apply === undefined) throw rejectedOption(option);
    const value = attached ?? words.next().value;
    if (value === undefined) throw rejectedOption(option, "it needs a value");
    apply(reading, value, name);
  }
  return finish(reading);
}

/** A run limit: `90` minutes, `1:30` hours and minutes, or `90s` as our client writes seconds. In seconds. */
export function parseRunLimit(text: string): number {
  const match = /^(?:(\d+)s|(?:(\d+):)?(\d+)(?:\/[^/\s]+)?)$/.exec(text.trim());
  if (match === null) throw rejectedOption(`-W ${text}`, "write minutes, or hours:minutes");
  if (match[1] !== undefined) return Number(match[1]);
  return Number(match[2] ?? 0) * 3600 + Number(match[3]) * 60;
}

function wordsOf(text: string): string[] {
  try {
    return splitWords(text);
  } catch (error) {
    if (error instanceof WireFormatError) throw rejectedOption(text, "a quote is not closed");
    throw error;
  }
}

/** `-n4` is `-n 4`: bsub takes the value of a one-letter option attached. */
function splitOption(option: string): { readonly name: string; readonly attached?: string } {
  if (own(valued, option) !== undefined) return { name: option };
  const short = option.slice(0, 2);
  const canAttach = ["-n", "-W", "-R", "-q", "-P", "-M"].includes(short) && option.length > 2;
  return canAttach && !/^-[A-Za-z]+$/.test(option)
    ? { name: short, attached: option.slice(2) }
    : { name: option };
}

function finish(reading: Reading): ParsedBsubOptions {
  const { spec, resources, tasks, perNode } = reading;
  if (perNode !== undefined) {
    resources.tasksPerNode = perNode;
    if (tasks === undefined) resources.nodes ??= 1;
    else if (tasks % perNode === 0) resources.nodes ??= tasks / perNode;
    else resources.tasks = tasks;
  } else if (tasks !== undefined) {
    resources.tasks = tasks;
  }
  if (Object.keys(resources).length > 0) spec.resources = resources;
  if (reading.environment.size > 0) spec.environment = Object.fromEntries(reading.environment);
  if (reading.events.size > 0 || reading.address !== undefined) {
    const { address } = reading;
    const events = reading.events.size > 0 ? [...reading.events] : (["ended"] as const);
    spec.notification = { events, ...(address !== undefined && { address }) };
  }
  return { spec, ...(reading.submitKey !== undefined && { submitKey: reading.submitKey }) };
}

function applyName(reading: Reading, value: string): void {
  const match = /^(.*?)\[([0-9,:-]+)\](?:%(\d+))?$/s.exec(value);
  if (match === null) {
    reading.spec.name = value;
    return;
  }
  const [, name = "", indices = "", limit] = match;
  if (name !== "") reading.spec.name = name;
  reading.spec.array = { indices, ...(limit !== undefined && { maxRunning: Number(limit) }) };
}

function parseMemoryLimit(text: string): number {
  const match = /^(\d+)\s*([KMGT]?)B?$/i.exec(text.trim());
  if (match === null) throw rejectedOption(`-M ${text}`, "write it with a unit, e.g. 4GB");
  // Without a unit LSF means kilobytes unless the site says otherwise.
  const power = { K: 1, M: 2, G: 3, T: 4 }[match[2]?.toUpperCase() ?? ""] ?? 1;
  return Number(match[1]) * 1024 ** power;
}

function parseBeginTime(text: string): Date {
  const time = /^\d{4}-\d\d-\d\dT.*(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? new Date(text) : undefined;
  if (time === undefined || Number.isNaN(time.getTime())) {
    throw rejectedOption(`-b ${text}`, "write an instant with its zone, e.g. 2026-02-12T12:00:00Z");
  }
  return time;
}

function readEnvironment(environment: Map<string, string>, text: string): void {
  for (const entry of text.split(/,\s*/)) {
    const equals = entry.indexOf("=");
    const name = equals < 0 ? entry : entry.slice(0, equals);
    if (equals < 0 && (name === "all" || name === "none" || name === "")) continue;
    if (equals < 0 || !/^[A-Za-z_]\w*$/.test(name)) throw rejectedOption(`-env ${entry}`, "write NAME=value");
    environment.set(name, entry.slice(equals + 1));
  }
}

function wholeNumber(text: string, option: string): number {
  // `-n min,max`: the smaller number is what the job can't do without.
  const match = /^(\d+)(?:,\d+)?$/.exec(text.trim());
  if (match === null || Number(match[1]) < 1)
    throw rejectedOption(`${option} ${text}`, "a whole number from 1 is expected");
  return Number(match[1]);
}

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

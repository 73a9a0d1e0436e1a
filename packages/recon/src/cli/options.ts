import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { getErrorText } from "../errors/recon-error.js";
import type { ReconSettings, Region } from "../pipeline/settings.js";
import type { ScanOptions } from "../scan/scan.js";
import { FILTER_PADDINGS, FILTER_WINDOWS } from "../stages/ramp-filter.js";
import { METHODS } from "../stages/reconstructor.js";
import {
  parseCount,
  parseLength,
  parseNumber,
  parseRowRange,
  parseSize,
  parseWord,
  usageError,
} from "./parse-values.js";

/** What the command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "inspect"; readonly input: string; readonly scan: ScanOptions; readonly json: boolean }
  | {
      readonly kind: "reconstruct";
      readonly settings: ReconSettings;
      readonly json: boolean;
      readonly quiet: boolean;
    };

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;
const OPTIONS = {
  output: { ...text, short: "o" },
  angles: text,
  "max-angle": text,
  "angle-unit": text,
  flat: text,
  dark: text,
  data: text,
  entry: text,
  "hdf5-data": text,
  "hdf5-image-key": text,
  "hdf5-angles": text,
  "pixel-size": text,
  centre: text,
  center: text,
  rows: text,
  outliers: text,
  "outlier-size": text,
  "air-region": text,
  rings: text,
  stripes: text,
  "fix-nan": flag,
  method: text,
  iterations: text,
  window: text,
  padding: text,
  "circular-mask": text,
  per: text,
  prefix: text,
  format: text,
  type: text,
  limits: text,
  picture: text,
  "picture-row": text,
  overwrite: flag,
  json: flag,
  quiet: { ...flag, short: "q" },
  workers: text,
  memory: text,
  help: { ...flag, short: "h" },
  version: { ...flag, short: "V" },
} as const;

type Values = ReturnType<typeof readArguments>["values"];

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: joinNegativeNumbers(args),
      options: OPTIONS,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    // Node.js explains how to pass a value that starts with "-"; its first sentence says what is wrong.
    throw usageError(`${getErrorText(error).split(". ")[0]?.replace(/\.$/, "") ?? "wrong options"}.`);
  }
}

/** `--angles -90:90` means what it says; Node.js would take the second word for an option. */
function joinNegativeNumbers(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (before !== undefined && /^--[a-z0-9-]+$/.test(before) && /^-\.?\d/.test(arg))
      joined[joined.length - 1] = `${before}=${arg}`;
    else joined.push(arg);
  }
  return joined;
}

/**
 * Reads the arguments after the program's name.
 *
 * @throws {ReconError} `USAGE` - naming the option.
 */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = readArguments(args);
  if (values.help === true) return { kind: "help" };
  if (values.version === true) return { kind: "version" };
  const isInspect = positionals[0] === "inspect" && positionals.length === 2;
  const [input, ...rest] = isInspect ? positionals.slice(1) : positionals;
  if (input === undefined) throw usageError("Say which scan to reconstruct: scarf-recon INPUT -o DIR.");
  if (rest.length > 0)
    throw usageError(`One scan at a time; "${rest[0]}" is one too many.`, "Quote a path that has blanks.");
  const scan = readScanOptions(values);
  if (isInspect) return { kind: "inspect", input, scan, json: values.json === true };
  return {
    kind: "reconstruct",
    settings: readSettings(input, scan, values),
    json: values.json === true,
    quiet: values.quiet === true,
  };
}

function readScanOptions(values: Values): ScanOptions {
  if (values.angles !== undefined && values["max-angle"] !== undefined) {
    throw usageError("--angles and --max-angle can't both be given.");
  }
  const optional = <K extends keyof ScanOptions>(
    key: K,
    value: ScanOptions[K] | undefined,
  ): Partial<ScanOptions> => (value === undefined ? {} : { [key]: value });
  const unit = values["angle-unit"];
  const most = values["max-angle"];
  return {
    ...optional("flat", values.flat),
    ...optional("dark", values.dark),
    ...optional("angles", values.angles),
    ...optional(
      "angleUnit",
      unit === undefined ? undefined : parseWord("--angle-unit", unit, ["deg", "rad"] as const),
    ),
    ...optional("maxAngle", most === undefined ? undefined : parseNumber("--max-angle", most)),
    ...optional("entry", values.entry),
    ...optional("hdf5Data", values["hdf5-data"]),
    ...optional("hdf5ImageKey", values["hdf5-image-key"]),
    ...optional("hdf5Angles", values["hdf5-angles"]),
  };
}

function readSettings(input: string, scan: ScanOptions, values: Values): ReconSettings {
  const centre = values.centre ?? values.center ?? "auto";
  const read = <T>(value: string | undefined, parse: (text: string) => T): T | null =>
    value === undefined ? null : parse(value);
  return {
    input,
    scan,
    data: parseWord("--data", values.data ?? "auto", ["auto", "counts", "transmission", "attenuation"]),
    fixInvalid: values["fix-nan"] === true,
    outliers: read(values.outliers, (value) => ({
      threshold: parsePositive("--outliers", value),
      size: Number(parseWord("--outlier-size", values["outlier-size"] ?? "3", ["3", "5"])),
    })),
    airRegion: read(values["air-region"], parseRegion),
    stripeWidth: read(values.stripes, (value) => parseCount("--stripes", value, 3)),
    ringWidth: read(values.rings, (value) => parseCount("--rings", value, 3)),
    centre: centre === "auto" ? "auto" : parseNumber("--centre", centre),
    rows: read(values.rows, (value) => parseRowRange("--rows", value)),
    ...readMethod(values),
    window: parseWord("--window", values.window ?? "shepp-logan", FILTER_WINDOWS),
    padding: parseWord("--padding", values.padding ?? "zero", FILTER_PADDINGS),
    maskRatio: parseMask(values["circular-mask"] ?? "1"),
    per: parseWord("--per", values.per ?? "pixel", ["pixel", "um", "mm", "cm", "m"]),
    pixelSizeMetres: read(values["pixel-size"], (value) => parseLength("--pixel-size", value)),
    output: readOutput(values),
    workers: read(values.workers, (value) => parseCount("--workers", value, 1)) ?? availableParallelism(),
    memoryBytes: parseSize("--memory", values.memory ?? "2G"),
  };
}

function readMethod(values: Values): Pick<ReconSettings, "method" | "iterations"> {
  const method = parseWord("--method", values.method ?? "gridrec", METHODS);
  const { iterations } = values;
  if (iterations === undefined) return { method, iterations: null };
  if (method === "gridrec" || method === "fbp")
    throw usageError(`--iterations only goes with a method that iterates, not with ${method}.`);
  return { method, iterations: parseCount("--iterations", iterations, 1) };
}

function readOutput(values: Values): ReconSettings["output"] {
  const prefix = values.prefix ?? "recon";
  if (!/^[^/\0.][^/\0]*$/.test(prefix))
    throw usageError(`--prefix takes the beginning of a file name, not "${prefix}".`);
  const sampleType = parseWord("--type", values.type ?? "float32", ["float32", "uint16"]);
  const limits = values.limits;
  if (limits !== undefined && sampleType !== "uint16")
    throw usageError("--limits only goes with --type uint16.");
  const { picture } = values;
  const row = values["picture-row"];
  if (row !== undefined && picture === undefined)
    throw usageError("--picture-row only goes with --picture FILE.png.");
  return {
    folder: resolve(values.output ?? "."),
    prefix,
    format: parseWord("--format", values.format ?? "tiff", ["tiff", "h5"]),
    sampleType,
    limits: limits === undefined ? null : parseLimits(limits),
    overwrite: values.overwrite === true,
    picture:
      picture === undefined
        ? null
        : { path: resolve(picture), row: row === undefined ? null : parseCount("--picture-row", row, 0) },
  };
}

function parsePositive(option: string, value: string): number {
  const number = parseNumber(option, value);
  if (!(number > 0)) throw usageError(`${option} takes a number above 0, not "${value}".`);
  return number;
}

function parseRegion(value: string): Region {
  const parts = value.replaceAll(/[[\]\s]/g, "").split(",");
  const [left = 0, top = 0, right = 0, bottom = 0] = parts.map((part) => parseCount("--air-region", part, 0));
  if (parts.length !== 4 || left >= right || top >= bottom) {
    throw usageError(`--air-region takes X1,Y1,X2,Y2 with X1 < X2 and Y1 < Y2, not "${value}".`);
  }
  return { left, top, right, bottom };
}

function parseMask(value: string): number | null {
  if (value === "none") return null;
  const ratio = parseNumber("--circular-mask", value);
  if (!(ratio > 0 && ratio <= 1))
    throw usageError(`--circular-mask takes a ratio above 0 and up to 1, or none; not "${value}".`);
  return ratio;
}

function parseLimits(value: string): { low: number; high: number } {
  const [low, high, ...rest] = value.split(":").map((part) => parseNumber("--limits", part));
  if (low === undefined || high === undefined || rest.length > 0 || low >= high) {
    throw usageError(`--limits takes LOW:HIGH with LOW < HIGH, not "${value}".`);
  }
  return { low, high };
}

import type { JobSpec } from "../../model/index.js";
import type { SlurmJobRecord } from "./job-record.js";

/** Where a job writes, in Slurm's own patterns (`%j`, `%A`, `%a`), absolute. */
export interface SlurmOutputPaths {
  readonly outputPath: string;
  readonly errorPath: string;
}

/** `%J` and `%I` of a spec become Slurm's; every other `%` is one. */
export function renderSlurmOutputs(spec: JobSpec, workingDirectory: string): SlurmOutputPaths {
  const { array, outputPath, errorPath } = spec;
  const id = array === undefined ? "%j" : "%A";
  const base = array === undefined ? "%J" : "%J.%I";
  const place = (written: string): string => {
    const pattern = written.replaceAll(/%([JI])?/g, (_, letter: string | undefined) => {
      if (letter === undefined) return "%%";
      if (letter === "J") return id;
      return array === undefined ? "0" : "%a";
    });
    return pattern.startsWith("/")
      ? pattern
      : `${workingDirectory.replaceAll("%", "%%").replace(/\/+$/, "")}/${pattern}`;
  };
  // The name of a file has 255 bytes at most.
  const isLong = Buffer.byteLength((outputPath ?? "").replace(/^.*\//s, "")) > 240;
  const beside =
    outputPath === undefined || isLong
      ? `${base}.error`
      : `${outputPath.replace(/\.(?:output|out|log|txt)$/, "")}.error`;
  return { outputPath: place(outputPath ?? `${base}.output`), errorPath: place(errorPath ?? beside) };
}

/** What a pattern became for a job. */
export function expandSlurmPath(
  pattern: string,
  { ref, number, workingDirectory = "", owner = "", name }: SlurmJobRecord,
): string {
  const values: Readonly<Record<string, string>> = {
    "%": "%",
    j: String(number),
    J: String(number),
    A: String(ref.base),
    a: String(ref.index ?? 0),
    u: owner,
    x: name,
  };
  const path = pattern.replaceAll(/%(?:0?\d{0,2})?([%jJAaux])/g, (_, letter: string) => values[letter] ?? "");
  return path.startsWith("/") ? path : `${workingDirectory}/${path}`;
}

/** `n[1-3,7],gpu01` → names. Bounded: a text may claim millions. */
export function expandSlurmNodes(list: string): readonly string[] {
  const most = 10_000;
  const names: string[] = [];
  for (const part of list.match(/[^,[]+(?:\[[^\]]*\])?/g) ?? []) {
    const [, prefix = "", ranges = ""] = /^([^[]*)\[([\d,-]+)\]$/.exec(part) ?? [];
    if (ranges === "") names.push(part);
    for (const range of ranges === "" ? [] : ranges.split(",")) {
      const [first = "", last = first] = range.split("-");
      for (let at = Number(first); at <= Number(last) && names.length < most; at += 1)
        names.push(`${prefix}${String(at).padStart(first.length, "0")}`);
    }
    if (names.length >= most) break;
  }
  return names;
}

import type { SlurmJobRequest } from "../../wire/index.js";

/** Options of sbatch that the interface has a key for and a job spec has no field for. */
const readers: Readonly<Record<string, (value: string) => Partial<SlurmJobRequest> | undefined>> = {
  "--nodelist": (value) => ({ nodeList: value.split(",") }),
  "--exclude": (value) => ({ excludedNodes: value.split(",") }),
  "--licenses": (value) => ({ licenses: value }),
  "--wckey": (value) => ({ wckey: value }),
  "--nice": (value) => (/^-?\d{1,9}$/.test(value) ? { nice: Number(value) } : undefined),
};
const short: Readonly<Record<string, string>> = { "-w": "--nodelist", "-x": "--exclude", "-L": "--licenses" };

export interface NativeOptions {
  readonly fields: Partial<SlurmJobRequest>;
  /** What can't be said over this interface. */
  readonly problems: readonly string[];
}

/** Reads `--exclude=n1`, `--exclude n1` and `-x n1`, as sbatch writes them. */
export function readNativeOptions(words: readonly string[]): NativeOptions {
  const fields: Partial<SlurmJobRequest> = {};
  const problems: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const equals = word.startsWith("--") ? word.indexOf("=") : -1;
    const written = equals === -1 ? word : word.slice(0, equals);
    const name = short[written] ?? written;
    const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (read === undefined) {
      problems.push(
        `${written.slice(0, 60)} can't be said over Slurm's REST interface; of sbatch's options it takes ${Object.keys(readers).join(", ")}`,
      );
      continue;
    }
    const value = equals === -1 ? words[++at] : word.slice(equals + 1);
    const found = value === undefined || value === "" ? undefined : read(value);
    if (found === undefined) problems.push(`${name} has no value that it can take`);
    else Object.assign(fields, found);
  }
  return { fields, problems };
}

/** Options that a spec has a field for, or that change what an answer of sbatch means. */
const taken: Readonly<Record<string, string>> = {
  "--wrap": "task",
  "--job-name": "name",
  "--comment": "description",
  "--chdir": "workingDirectory",
  "--export": "environment",
  "--export-file": "environment",
  "--input": "inputPath",
  "--output": "outputPath",
  "--error": "errorPath",
  "--array": "array",
  "--dependency": "dependencies",
  "--begin": "beginAt",
  "--hold": "hold",
  "--requeue": "requeueable",
  "--no-requeue": "requeueable",
};
const harmful: ReadonlySet<string> = new Set([
  "--test-only",
  "--parsable",
  "--quiet",
  "--wait",
  "--help",
  "--usage",
  "--version",
  "--clusters",
  "--cluster",
]);
const short: Readonly<Record<string, string>> = {
  J: "--job-name",
  D: "--chdir",
  i: "--input",
  o: "--output",
  e: "--error",
  a: "--array",
  d: "--dependency",
  b: "--begin",
  H: "--hold",
  Q: "--quiet",
  W: "--wait",
  h: "--help",
  V: "--version",
  M: "--clusters",
};

/** Short flags of sbatch's that take no value (20.11 to 24.11), with something behind. */
const withoutValue = /^-[Osv]./s;

export interface SlurmNativeOptions {
  /** One word each: none can be taken for the name of a script. */
  readonly words: readonly string[];
  readonly problems: readonly string[];
}

/** Reads `--exclude=n1`, `--exclude n1`, `-x n1` and `-xn1`, as sbatch would. */
export function readSlurmNativeOptions(options: readonly string[]): SlurmNativeOptions {
  const words: string[] = [];
  const problems: string[] = [];
  for (const option of options) {
    const last = words.at(-1);
    if (!/^-[A-Za-z]|^--[a-z]/.test(option)) {
      // A value belongs to the option before it, unless that has one.
      if (last === undefined || last.includes("=") || /^-[^-]./.test(last))
        problems.push(`${shorten(option)} is no option of sbatch's`);
      else words[words.length - 1] = last.startsWith("--") ? `${last}=${option}` : `${last}${option}`;
      continue;
    }
    words.push(option);
    const name = nameOf(option);
    const field = findField(name);
    if (field !== undefined) problems.push(`${name}: use the field \`${field}\``);
    else if (isHarmful(name))
      problems.push(`${name} can't be used here: it would change what sbatch answers`);
  }
  // `-sH` is `-s -H`, and `-sMother` names another cluster.
  for (const word of words)
    if (withoutValue.test(word) && !/^-v+$/.test(word))
      problems.push(`${shorten(word)}: ${word.slice(0, 2)} takes no value; give every flag by itself`);
  return { words, problems };
}

function nameOf(option: string): string {
  if (!option.startsWith("--")) return short[option.charAt(1)] ?? option.slice(0, 2);
  return option.replace(/=.*$/s, "");
}

/** sbatch takes the beginning of an option's name for the whole, where it is clear. */
function findField(name: string): string | undefined {
  const whole = Object.keys(taken).find((option) => option === name || isBeginning(name, option));
  return whole === undefined ? undefined : taken[whole];
}

function isHarmful(name: string): boolean {
  return [...harmful].some((option) => option === name || isBeginning(name, option));
}

function isBeginning(name: string, option: string): boolean {
  return name.length >= 3 && option.startsWith(name) && !whole.has(name);
}

/** Options of sbatch's whose whole names are beginnings of others. */
const whole: ReadonlySet<string> = new Set(["--mem", "--nodes", "--cluster"]);

function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}

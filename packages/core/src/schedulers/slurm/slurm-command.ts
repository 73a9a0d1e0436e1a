import type { CommandOutput } from "../../transports/command-transport.js";

/** One of Slurm's commands and how to read its answer; no I/O. */
export interface SlurmCommand<Result> {
  readonly argv: readonly [program: string, ...args: string[]];
  readonly environment?: Readonly<Record<string, string>>;
  /** @throws {SlurmRefusal} it did not do what it was asked for. @throws {RangeError} this is no answer of that command. */
  readonly parse: (output: CommandOutput) => Result;
}

/** What kind of failure a text of Slurm's commands tells. */
export type SlurmFailureKind =
  /** The controller, or the accounting, does not answer. Nothing was changed. */
  | "unavailable"
  /** The answer was lost on the way between the command and the controller: it may have been carried out. */
  | "lost"
  | "no-such-job"
  | "already-finished"
  | "denied"
  /** Too many jobs: later it may be taken. */
  | "quota"
  /** There is no accounting on this cluster. */
  | "no-accounting"
  /** The command itself is not there. */
  | "no-command"
  | "refused";

/** Slurm said no, and why. */
export class SlurmRefusal extends Error {
  override readonly name = "SlurmRefusal";
  readonly kind: SlurmFailureKind;
  /** Of the command. */
  readonly exitCode: number;

  constructor({ exitCode, stdout, stderr }: CommandOutput) {
    super(cleanSlurmText(stderr === "" ? stdout : stderr));
    this.exitCode = exitCode;
    this.kind = exitCode === 127 ? "no-command" : classify(this.message);
  }
}

/** In this order: a text may hold the words of several. */
const kinds: readonly (readonly [SlurmFailureKind, RegExp])[] = [
  // "Unable to contact slurm controller (receive failure)": it was sent. Only "(connect failure)" says that nothing was.
  [
    "lost",
    /timed out on send\/recv|Zero Bytes were transmitted|Unexpected message received|slurm controller \((?:send|receive|shutdown)|Transport endpoint|Connection reset|Broken pipe|Message (?:send|receive)|Protocol authentication/i,
  ],
  [
    "unavailable",
    /Unable to contact slurm controller|connect failure|Problem talking to the database|Connection refused|controller .{0,40}not responding|slurmdbd.{0,40}(?:down|not)|resolve_ctls_from_dns_srv|temporarily unable to accept|Resource temporarily unavailable|backup controller|in standby mode/i,
  ],
  ["no-accounting", /accounting storage is disabled/i],
  ["already-finished", /already (?:finished|completing)|Job\/step already/i],
  ["no-such-job", /Invalid job id specified|Job.step already completing or completed/i],
  [
    "quota",
    /violates accounting\/QOS policy|MaxSubmitJob|MaxJobs|job submit limit|Job limit|exceeded .{0,40}limit/i,
  ],
  ["denied", /Access\/permission denied|not authorized|Permission denied/i],
];

function classify(text: string): SlurmFailureKind {
  return kinds.find(([, pattern]) => pattern.test(text.slice(0, 10_000)))?.[0] ?? "refused";
}

/** Messages of a command without the command's name before each, on one line, bounded. */
export function cleanSlurmText(text: string): string {
  const lines = text
    .slice(0, 10_000)
    .split("\n")
    .map((line) => line.replace(/^\s*(?:[a-z]+: )?(?:error: |fatal: )?/, "").trim());
  return [...new Set(lines)].filter((line) => line !== "").join("; ");
}

/** For times: seconds since 1970, whatever zone the machine is in. English, whatever the user has set. */
export const slurmEnvironment = { SLURM_TIME_FORMAT: "%s", LC_ALL: "C.UTF-8" } as const;

/** @throws {SlurmRefusal} it ended with another code than 0. */
export function requireSuccess(output: CommandOutput): void {
  if (output.exitCode !== 0) throw new SlurmRefusal(output);
}

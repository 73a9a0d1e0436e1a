import { randomBytes } from "node:crypto";
import { isScarfError, SchedulerError, ValueError } from "../../errors/index.js";
import type { SlurmCommand } from "../../schedulers/slurm/index.js";
import { SlurmRefusal } from "../../schedulers/slurm/index.js";
import { throwIfAborted } from "../../transports/abort.js";
import type { CommandOutput, CommandTransport } from "../../transports/command-transport.js";
import type { CallOptions } from "../compute-resource.js";
import { notLoggedIn, sentence, unreadable, type Who } from "../session-errors.js";

/** A controller that is away lets commands wait for 9 s, one that is full lets sbatch wait for ever. */
const patienceSeconds = 120;

/**
 * Variables by which Slurm's commands become others than those that are asked for: of another cluster, an array, one that waits, or one
 * that hides jobs (man pages of 22.05 and 24.11). Those that choose where jobs run, as SBATCH_PARTITION, are the user's wish.
 */
const misleadingVariables: readonly string[] = [
  ...["ARRAY_INX", "CLUSTERS", "DEBUG", "EXPORT", "IGNORE_PBS", "INPUT", "QUIET", "TEST_ONLY", "WAIT"].map(
    (name) => `SBATCH_${name}`,
  ),
  ...["ACCOUNT", "ALL", "ARRAY", "CLUSTERS", "FEDERATION", "FORMAT", "FORMAT2", "LICENSES", "LOCAL"].map(
    (name) => `SQUEUE_${name}`,
  ),
  ...["NAMES", "PARTITION", "PRIORITY", "QOS", "SIBLING", "SORT", "STATES", "USERS"].map(
    (name) => `SQUEUE_${name}`,
  ),
  ...["ACCOUNT", "BATCH", "CRON", "CTLD", "FULL", "HURRY", "INTERACTIVE", "NAME", "PARTITION"].map(
    (name) => `SCANCEL_${name}`,
  ),
  ...["QOS", "STATE", "USER", "VERBOSE", "WCKEY"].map((name) => `SCANCEL_${name}`),
  "SACCT_FEDERATION",
  "SACCT_LOCAL",
  "SCONTROL_ALL",
  "SCONTROL_FEDERATION",
  "SCONTROL_LOCAL",
  "SLURM_BITSTR_LEN",
  "SLURM_CLUSTERS",
  "SLURM_EXIT_ERROR",
];

/** Slurm's commands for one user. */
export class SlurmCliService {
  readonly who: Who;
  readonly #transport: CommandTransport;
  readonly #environment: Readonly<Record<string, string>>;
  #loggedOut = false;

  constructor(who: Who, transport: CommandTransport, environment: Readonly<Record<string, string>>) {
    this.who = who;
    this.#transport = transport;
    this.#environment = environment;
  }

  /** @throws {ValueError} `NOT_LOGGED_IN` @throws {AbortedError} */
  begin({ signal }: CallOptions = {}): CommandTransport {
    if (this.#loggedOut) throw notLoggedIn(this.who);
    throwIfAborted(signal);
    return this.#transport;
  }

  async end(): Promise<void> {
    this.begin();
    this.#loggedOut = true;
    await this.#transport.close();
  }

  /**
   * @param doing - as in "to …", for an answer that can't be read
   * @throws {SlurmRefusal} Slurm said no. @throws {SchedulerError} `SCHEDULER_UNAVAILABLE`, `OUTPUT_UNREADABLE`. @throws as the transport
   */
  async run<Result>(
    command: SlurmCommand<Result>,
    doing: string,
    options: CallOptions = {},
  ): Promise<Result> {
    const output = await this.runProgram(command.argv, command.environment, options);
    try {
      return command.parse(output);
    } catch (error) {
      if (error instanceof RangeError) throw unreadable(this.who, doing, error);
      if (!(error instanceof SlurmRefusal)) throw error;
      if (error.kind === "unavailable" || error.kind === "lost" || error.kind === "no-command")
        throw this.unavailable(error);
      throw error;
    }
  }

  async runProgram(
    argv: readonly [string, ...string[]],
    environment: Readonly<Record<string, string>> = {},
    { signal }: CallOptions = {},
    stdin?: string,
  ): Promise<CommandOutput> {
    const transport = this.begin({ ...(signal !== undefined && { signal }) });
    if (argv.some((word) => word.includes("\0")))
      throw new ValueError("USAGE_INVALID", `An argument of ${argv[0].slice(0, 80)} holds a NUL character.`, {
        hint: "Take it out: no program can be given it.",
        context: { resource: this.who.resourceId },
      });
    return await transport.run(argv, {
      withoutVariables: misleadingVariables,
      environment: { ...this.#environment, ...environment },
      timeoutSeconds: patienceSeconds,
      ...(signal !== undefined && { signal }),
      ...(stdin !== undefined && { stdin }),
    });
  }

  /** A text that nobody's job holds, as nobody could know it. */
  newSeparator(): string {
    return `~${randomBytes(9).toString("hex")}~`;
  }

  unavailable(refusal: SlurmRefusal): SchedulerError {
    const { resourceId, userName } = this.who;
    const missing = refusal.kind === "no-command";
    return new SchedulerError(
      "SCHEDULER_UNAVAILABLE",
      `Slurm on ${resourceId} can't answer at the moment: ${sentence(refusal.message)}`,
      {
        hint: missing
          ? "Slurm's commands are not found there. Check the host of the resource, or the PATH of its log-in."
          : "Your jobs are not affected. Try again in a few minutes.",
        context: { resource: resourceId, user: userName, said: refusal.message, exitCode: refusal.exitCode },
        cause: refusal,
      },
    );
  }
}

export function isUnavailable(error: unknown): boolean {
  return isScarfError(error) && error.code === "SCHEDULER_UNAVAILABLE";
}

import { AuthError, ConfigError, SchedulerError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import { cleanSlurmText } from "../../schedulers/slurm/index.js";
import { throwIfAborted } from "../../transports/abort.js";
import type { CommandTransport } from "../../transports/command-transport.js";
import type { RetryOptions } from "../../transports/retry.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
} from "../compute-resource.js";
import { sentence } from "../session-errors.js";
import type { SlurmCliResourceOptions } from "./slurm-cli-options.js";
import { SlurmCliService } from "./slurm-cli-service.js";
import { SlurmCliSession } from "./slurm-cli-session.js";

const capabilities: Capabilities = {
  password: false,
  applicationForms: false,
  arrays: true,
  dependencies: true,
  hold: true,
  suspend: true,
  requeue: true,
  beginAt: true,
  queues: true,
  userCommands: true,
  submitOnce: true,
  preciseOutcomes: true,
  fileBrowsing: true,
  byteRanges: true,
  exclusiveWrite: true,
  checksums: true,
};

/** A cluster by Slurm's own commands, on this machine or on one that ssh reaches (Slurm 20.11 and later; tried with 22.05). */
export class SlurmCliResource implements ComputeResource {
  readonly id: string;
  readonly kind = "slurm-cli";
  readonly capabilities = capabilities;
  readonly retry: RetryOptions;
  readonly #options: SlurmCliResourceOptions;
  readonly #open = new Set<CommandTransport>();

  /** @throws {ConfigError} `CONFIG_INVALID`: a shared directory is not absolute. */
  constructor(options: SlurmCliResourceOptions) {
    const relative = options.sharedDirectories?.find((path) => !path.startsWith("/"));
    if (relative !== undefined)
      throw new ConfigError(
        "CONFIG_INVALID",
        `\`sharedDirectories\` holds ${JSON.stringify(relative)}, which is no absolute path.`,
      );
    this.id = options.id;
    this.retry = options.retry ?? {};
    this.#options = options;
  }

  async ping({ signal }: CallOptions = {}): Promise<PingAnswer> {
    throwIfAborted(signal);
    const transport = this.#connect(undefined);
    try {
      const begin = performance.now();
      const call = {
        environment: { ...this.#options.environment, LC_ALL: "C.UTF-8" },
        timeoutSeconds: 60,
        ...(signal !== undefined && { signal }),
      };
      const { exitCode, stdout, stderr } = await transport.run(["scontrol", "ping"], call);
      const roundTripSeconds = (performance.now() - begin) / 1000;
      if (exitCode !== 0)
        throw new SchedulerError(
          "SCHEDULER_UNAVAILABLE",
          `Slurm on ${this.id} does not answer: ${sentence(cleanSlurmText(stderr === "" ? stdout : stderr))}`,
          {
            hint: "Try again in a few minutes. Jobs are not affected.",
            context: { resource: this.id, exitCode },
          },
        );
      const version = (await transport.run(["scontrol", "--version"], call)).stdout.trim();
      return { message: cleanSlurmText(stdout), roundTripSeconds, service: version };
    } finally {
      await this.#disconnect(transport);
    }
  }

  /** Needs no password of ours: the operating system, or ssh, has let the user in. */
  async logIn({ userName }: Credentials, { signal }: CallOptions = {}): Promise<SlurmCliSession> {
    throwIfAborted(signal);
    checkUserName(userName);
    const transport = this.#connect(userName);
    try {
      await this.#confirmUser(userName, transport, signal);
    } catch (error) {
      await this.#disconnect(transport);
      if (error instanceof ConfigError)
        throw new AuthError("AUTH_FAILED", `${this.id} knows no user ${userName}.`, {
          hint: "Check the name.",
          context: { resource: this.id, user: userName },
          cause: error,
        });
      throw error;
    }
    return this.#session(userName, transport, undefined);
  }

  resume(saved: SavedSession): SlurmCliSession {
    if (saved.resourceId !== this.id)
      throw new ValueError(
        "USAGE_INVALID",
        `The saved session is one on ${saved.resourceId}, not on ${this.id}.`,
      );
    checkUserName(saved.userName);
    const home = saved.state["home"];
    const transport = this.#connect(saved.userName);
    const confirm = (signal: AbortSignal | undefined) => this.#confirmUser(saved.userName, transport, signal);
    return this.#session(saved.userName, confirmedFirst(transport, confirm), home);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((transport) => this.#disconnect(transport)));
  }

  /** @throws {AuthError} `AUTH_FAILED`: what is run there is run as another user. */
  async #confirmUser(
    userName: string,
    transport: CommandTransport,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { stdout } = await transport.run(["id", "-un"], {
      timeoutSeconds: 120,
      ...(signal !== undefined && { signal }),
    });
    const there = stdout.trim().split("\n").at(-1) ?? "";
    if (there === userName) return;
    throw new AuthError("AUTH_FAILED", `Commands on ${this.id} would run as ${there}, not as ${userName}.`, {
      hint: `Log in as ${there}.`,
      context: { resource: this.id, user: userName },
    });
  }

  #connect(userName: string | undefined): CommandTransport {
    const transport = this.#options.openTransport(userName);
    this.#open.add(transport);
    return transport;
  }

  async #disconnect(transport: CommandTransport): Promise<void> {
    this.#open.delete(transport);
    await transport.close();
  }

  #session(userName: string, transport: CommandTransport, home: string | undefined): SlurmCliSession {
    const { environment = {}, sharedDirectories = [], lookUpPausesSeconds } = this.#options;
    return new SlurmCliSession({
      resource: this,
      service: new SlurmCliService({ resourceId: this.id, userName }, transport, environment),
      sharedDirectories,
      lookUpPausesSeconds: lookUpPausesSeconds ?? [0.25, 0.5, 1, 2, 4, 8],
      home,
    });
  }
}

/** Runs nothing before `confirm` has succeeded once: the account that a saved session leads to may have been changed since. */
function confirmedFirst(
  transport: CommandTransport,
  confirm: (signal: AbortSignal | undefined) => Promise<void>,
): CommandTransport {
  let isConfirmed = false;
  const check = async (signal: AbortSignal | undefined): Promise<void> => {
    if (isConfirmed) return;
    await confirm(signal);
    isConfirmed = true;
  };
  return {
    description: transport.description,
    run: async (argv, options = {}) => {
      await check(options.signal);
      return await transport.run(argv, options);
    },
    stream: async (argv, options = {}) => {
      await check(options.signal);
      return await transport.stream(argv, options);
    },
    close: async () => transport.close(),
  };
}

/** The name becomes an argument of Slurm's commands. */
function checkUserName(userName: string): void {
  if (userName === "")
    throw new ValueError("PROPERTY_MISSING", "A user name is needed.", { hint: "Give a user name." });
  if (!/^[A-Za-z0-9_][\w.@-]{0,63}$/.test(userName))
    throw new ValueError("PROPERTY_INVALID", `\`${userName.slice(0, 80)}\` can't be a user's name here.`, {
      hint: "Use the name that the cluster knows the user by.",
    });
}

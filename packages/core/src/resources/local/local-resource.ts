import { mkdirSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { ConfigError, ValueError } from "../../errors/index.js";
import type { Capabilities } from "../../model/index.js";
import type {
  CallOptions,
  ComputeResource,
  Credentials,
  PingAnswer,
  SavedSession,
  Session,
} from "../compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import { EngineClient } from "./engine-client.js";
import { findEngine } from "./engine-lock.js";
import { JobStore } from "./job-store.js";
import { LocalSession } from "./local-session.js";
import { getUserDirectory, getUsersDirectory, openWorkspace, type Workspace } from "./workspace.js";

/** Options of a {@link LocalResource}. */
export interface LocalResourceOptions {
  /** @defaultValue `local` */
  readonly id?: string;
  /** Directory for jobs and files, made where it is missing. On a disk of this machine, not one that machines share. */
  readonly workspace: string;
  /** Cores that jobs may use together. @defaultValue all of this machine */
  readonly slots?: number;
  /** Directories put before `PATH` in every job. */
  readonly extraPath?: readonly string[];
  /** The engine's process ends when it has had nothing to do for so long. @defaultValue 30 */
  readonly idleSeconds?: number;
  /** Directories outside the workspace that every user may reach through `Session.files`. */
  readonly sharedDirectories?: readonly string[];
}

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
  userCommands: false,
  submitOnce: true,
  preciseOutcomes: true,
  fileBrowsing: true,
  byteRanges: true,
  exclusiveWrite: true,
  checksums: true,
};

/** What a workspace's sessions share. */
export interface LocalContext {
  readonly workspace: Workspace;
  readonly store: JobStore;
  readonly engine: EngineClient;
  readonly slots: number;
  readonly extraPath: readonly string[];
  readonly sharedDirectories: readonly string[];
}

/**
 * This machine as a compute resource: a queue over its cores, kept in files, that survives the end of any of its
 * processes at any moment. All jobs run as the system user of this process; users of sessions see only their own
 * jobs and files through this interface, which keeps them apart as colleagues, not as enemies.
 */
export class LocalResource implements ComputeResource {
  readonly id: string;
  readonly kind = "local";
  readonly capabilities = capabilities;
  readonly #options: LocalResourceOptions;
  #context: LocalContext | undefined;

  /** @throws {ConfigError} `CONFIG_INVALID`: an option is out of its range. */
  constructor(options: LocalResourceOptions) {
    const { slots = 1, idleSeconds = 0 } = options;
    if (!Number.isSafeInteger(slots) || slots < 1)
      throw new ConfigError("CONFIG_INVALID", `\`slots\` should be a whole number from 1, not ${slots}.`);
    if (!Number.isFinite(idleSeconds) || idleSeconds < 0)
      throw new ConfigError(
        "CONFIG_INVALID",
        `\`idleSeconds\` should be a number from 0, not ${idleSeconds}.`,
      );
    this.id = options.id ?? "local";
    this.#options = options;
  }

  async ping({ signal }: CallOptions = {}): Promise<PingAnswer> {
    throwIfAborted(signal);
    const begin = performance.now();
    const { workspace, slots } = this.#open();
    const engine = findEngine(workspace);
    const message = engine
      ? `Queue over ${engine.slots} cores in ${workspace.root}, engine running as process ${engine.pid}`
      : `Queue over ${slots} cores in ${workspace.root}; its engine starts when there is work`;
    return { message, roundTripSeconds: (performance.now() - begin) / 1000 };
  }

  /** Needs no password: the operating system has let this process in. A user who is new gets a directory. */
  async logIn({ userName }: Credentials, { signal }: CallOptions = {}): Promise<Session> {
    throwIfAborted(signal);
    return this.#begin(userName);
  }

  resume(saved: SavedSession): Session {
    if (saved.resourceId !== this.id)
      throw new ValueError(
        "USAGE_INVALID",
        `The saved session is one on ${saved.resourceId}, not on ${this.id}.`,
      );
    return this.#begin(saved.userName);
  }

  async close(): Promise<void> {
    // Nothing is held: the engine is a process of its own, and goes on for as long as there are jobs.
  }

  #begin(userName: string): Session {
    checkUserName(userName);
    const context = this.#open();
    refuseOtherCase(getUsersDirectory(context.workspace), userName);
    mkdirSync(getUserDirectory(context.workspace, userName), { recursive: true, mode: 0o700 });
    return new LocalSession(this, userName, context);
  }

  #open(): LocalContext {
    if (this.#context) return this.#context;
    const { slots = availableParallelism(), idleSeconds = 30 } = this.#options;
    const workspace = openWorkspace(this.#options.workspace);
    this.#context = {
      workspace,
      store: new JobStore(workspace),
      engine: new EngineClient(workspace, { slots, idleSeconds }),
      slots,
      extraPath: this.#options.extraPath ?? [],
      sharedDirectories: this.#options.sharedDirectories ?? [],
    };
    return this.#context;
  }
}

/** On a disk that takes `Anna` for `anna` both would have one directory; and whoever reads a list of users takes them for one. */
function refuseOtherCase(usersDirectory: string, userName: string): void {
  const other = readdirSync(usersDirectory).find(
    (name) => name !== userName && name.toLowerCase() === userName.toLowerCase(),
  );
  if (other === undefined) return;
  throw new ValueError(
    "PROPERTY_INVALID",
    `\`${userName}\` can't be a user's name here: \`${other}\` is one already.`,
    { hint: `Use \`${other}\`, or a name that differs by more than the case of letters.` },
  );
}

/** The name becomes a directory's name. */
function checkUserName(userName: string): void {
  if (userName === "")
    throw new ValueError("PROPERTY_MISSING", "A user name is needed.", { hint: "Give a user name." });
  if (!/^[\w@-][\w.@-]{0,63}$/.test(userName))
    throw new ValueError("PROPERTY_INVALID", `\`${userName.slice(0, 80)}\` can't be a user's name here.`, {
      hint: "Use at most 64 letters, digits and `._@-`, not beginning with a dot.",
    });
}

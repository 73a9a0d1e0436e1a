import { ApplicationCatalogue } from "../applications/index.js";
import type { SessionManager } from "../sessions/session-manager.js";
import type { RetryOptions } from "../transfers/index.js";
import { processSessions } from "./process-sessions.js";
import { MemoryTransactionStore, Transactions, type TransactionStore } from "./transactions/index.js";

/** What algorithms need of a session manager. */
export type AlgorithmSessions = Pick<
  SessionManager,
  "resource" | "logIn" | "session" | "logOut" | "lastUser" | "rememberUser"
>;

export interface AlgorithmSettings {
  /** Resources and sessions to work with. @defaultValue those of the user's configuration; sessions live as long as the process */
  readonly sessions?: AlgorithmSessions;
  /** Application templates. @defaultValue the built-in ones and those of the user's configuration */
  readonly applications?: ApplicationCatalogue;
  /** How persistently submits and transfers are tried again after a failure that may pass. */
  readonly retry?: RetryOptions;
  /** Where transactions of the remote algorithms are kept. @defaultValue in memory, as long as the process lives */
  readonly transactions?: TransactionStore;
}

/** Settings with their defaults. */
export interface AlgorithmEnvironment {
  readonly sessions: AlgorithmSessions;
  readonly applications: ApplicationCatalogue;
  readonly retry: RetryOptions;
  readonly transactions: Transactions;
}

let settings: AlgorithmSettings = {};
const ofProcess = new MemoryTransactionStore();
let ofConfiguration: Promise<Pick<AlgorithmEnvironment, "sessions" | "applications">> | undefined;
let builtIn: Promise<ApplicationCatalogue> | undefined;

/** Gives the algorithms of this process other resources, sessions or applications than the user's configuration. `{}` takes that back. */
export function configureAlgorithm(given: AlgorithmSettings): void {
  settings = given;
}

/** The settings that hold now. @throws {ConfigError} `CONFIG_INVALID`: the user's configuration is needed and has mistakes. */
export async function algorithmEnvironment(): Promise<AlgorithmEnvironment> {
  const { sessions, applications, retry = {} } = settings;
  const transactions = new Transactions(settings.transactions ?? ofProcess);
  if (sessions !== undefined)
    return {
      sessions,
      applications: applications ?? (await (builtIn ??= ApplicationCatalogue.load())),
      retry,
      transactions,
    };
  ofConfiguration ??= processSessions().catch((error: unknown) => {
    // A mistake in the configuration can be corrected while the program runs.
    ofConfiguration = undefined;
    throw error;
  });
  const found = await ofConfiguration;
  return { sessions: found.sessions, applications: applications ?? found.applications, retry, transactions };
}

import { ApplicationCatalogue } from "../applications/index.js";
import type { CallOptions, ComputeResource, Credentials, Session } from "../resources/compute-resource.js";
import { processSessions } from "./process-sessions.js";

/** What algorithms need of a session manager; `SessionManager` has it. */
export interface AlgorithmSessions {
  resource(resourceId: string): ComputeResource;
  logIn(resourceId: string, credentials: Credentials, options?: CallOptions): Promise<Session>;
  session(resourceId: string, userName?: string): Promise<Session>;
  logOut(
    resourceId: string,
    userName?: string,
    options?: CallOptions,
  ): Promise<{ readonly serverTold: boolean; readonly error?: Error }>;
  lastUser(resourceId: string): Promise<string | undefined>;
}

export interface AlgorithmSettings {
  /** Resources and sessions to work with. @defaultValue those of the user's configuration; sessions live as long as the process */
  readonly sessions?: AlgorithmSessions;
  /** Application templates. @defaultValue the built-in ones and those of the user's configuration */
  readonly applications?: ApplicationCatalogue;
}

let settings: AlgorithmSettings = {};
let defaults: Promise<Required<AlgorithmSettings>> | undefined;
const lastUsers = new WeakMap<object, Map<string, string>>();

/** Gives the algorithms of this process other resources, sessions or applications than the user's configuration. `{}` takes that back. */
export function configureAlgorithm(given: AlgorithmSettings): void {
  settings = given;
}

/** The settings that hold now. */
export async function algorithmEnvironment(): Promise<Required<AlgorithmSettings>> {
  const { sessions, applications } = settings;
  if (sessions !== undefined)
    return { sessions, applications: applications ?? (await (builtIn ??= ApplicationCatalogue.load())) };
  defaults ??= processSessions().catch((error: unknown) => {
    // A mistake in the configuration can be corrected while the program runs.
    defaults = undefined;
    throw error;
  });
  const found = await defaults;
  return applications === undefined ? found : { ...found, applications };
}

let builtIn: Promise<ApplicationCatalogue> | undefined;

/** Remembers who the last call for a resource was for. */
export function rememberUser(sessions: AlgorithmSessions, resourceId: string, userName: string): void {
  const users = lastUsers.get(sessions) ?? new Map<string, string>();
  users.set(resourceId, userName);
  lastUsers.set(sessions, users);
}

/** The user of the last call for a resource, or of its last log-in by other means. */
export async function rememberedUser(
  sessions: AlgorithmSessions,
  resourceId: string,
): Promise<string | undefined> {
  return lastUsers.get(sessions)?.get(resourceId) ?? (await sessions.lastUser(resourceId));
}

import { ApplicationCatalogue } from "../applications/index.js";
import { createResource, readClientConfiguration } from "../configuration/index.js";
import { SessionManager } from "../sessions/session-manager.js";
import type { AlgorithmEnvironment } from "./algorithm-environment.js";

/**
 * The resources and applications of the user's configuration, for programs that bring none of their own. Sessions are
 * kept in memory: nobody but this process has them, and they end with it, as in Mantid.
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export async function processSessions(): Promise<Pick<AlgorithmEnvironment, "sessions" | "applications">> {
  const { resources, applicationDirectories } = await readClientConfiguration();
  const created = Object.entries(resources).map(([id, definition]) => createResource(definition, id));
  return {
    sessions: new SessionManager({ resources: created }),
    applications: await ApplicationCatalogue.load(applicationDirectories),
  };
}

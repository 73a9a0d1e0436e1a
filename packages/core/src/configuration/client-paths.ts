import { join, resolve } from "node:path";
import envPaths from "env-paths";

/** Where a user's configuration and state lie. Nothing here needs to exist yet. */
export interface ClientPaths {
  readonly configDirectory: string;
  readonly configFile: string;
  /** Tokens, remembered user names, journal of submits. */
  readonly stateDirectory: string;
  /** Workspace of the resource `local`. */
  readonly localWorkspace: string;
}

/** The XDG folders (or what the platform has for them); `SCARF_CONFIG_DIR` and `SCARF_STATE_DIR` override them. */
export function clientPaths(environment: Readonly<NodeJS.ProcessEnv> = process.env): ClientPaths {
  const { SCARF_CONFIG_DIR: configOverride, SCARF_STATE_DIR: stateOverride } = environment;
  const standard = envPaths("scarf", { suffix: "" });
  const configDirectory = resolve(configOverride || standard.config);
  const stateDirectory = resolve(stateOverride || standard.data);
  return {
    configDirectory,
    configFile: join(configDirectory, "config.toml"),
    stateDirectory,
    localWorkspace: join(stateDirectory, "local"),
  };
}

import { dirname, isAbsolute, join } from "node:path";
import { homedir } from "node:os";
import * as z from "zod/mini";
import { nearNames } from "../errors/near-names.js";
import { builtInResources } from "./built-in-resources.js";
import { type ClientPaths, clientPaths } from "./client-paths.js";
import type { ConfigurationProblem } from "./configuration-problem.js";
import { findDefinitionProblems } from "./find-definition-problems.js";
import { readConfiguration } from "./read-configuration.js";
import { type ResourceDefinition, resourcesSchema } from "./resource-definitions.js";

/** The user's `config.toml`. */
export const clientConfigurationSchema = z.strictObject({
  /** Used where a command names no resource. */
  defaultResource: z.optional(z.string()),
  /** Folders with application templates of the user's or the site's own. */
  applicationDirectories: z._default(z.array(z.string()), []),
  resources: z._default(resourcesSchema, {}),
});

/** What `config.toml` says, checked. */
export interface ClientConfiguration {
  readonly defaultResource?: string;
  /** Absolute paths. */
  readonly applicationDirectories: readonly string[];
  /** Name → definition: the built-in ones and those of the file, which win. Paths in them are absolute. */
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  /** Names that stand in the file. */
  readonly ownResources: readonly string[];
}

/**
 * Reads the user's configuration file; without one, the built-in resources are all there is. Relative paths in it are
 * relative to its directory, `~/` is the home directory.
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export async function readClientConfiguration(
  paths: ClientPaths = clientPaths(),
): Promise<ClientConfiguration> {
  const builtIn = builtInResources(paths);
  const file = await readConfiguration(paths.configFile, clientConfigurationSchema, {
    missing: "empty",
    findProblems: (value) => findClientProblems(value, Object.keys(builtIn)),
  });
  const base = dirname(paths.configFile);
  const own = Object.entries(file.resources).map(
    ([id, definition]) => [id, resolvePaths(definition, base)] as const,
  );
  return {
    ...(file.defaultResource === undefined ? {} : { defaultResource: file.defaultResource }),
    applicationDirectories: file.applicationDirectories.map((path) => resolvePath(path, base)),
    resources: { ...builtIn, ...Object.fromEntries(own) },
    ownResources: own.map(([id]) => id),
  };
}

function findClientProblems(
  { defaultResource, resources }: z.infer<typeof clientConfigurationSchema>,
  builtIn: readonly string[],
): readonly ConfigurationProblem[] {
  const problems = Object.entries(resources).flatMap(([id, definition]) =>
    findDefinitionProblems(definition, ["resources", id]),
  );
  const known = [...new Set([...builtIn, ...Object.keys(resources)])];
  if (defaultResource === undefined || known.includes(defaultResource)) return problems;
  const near = nearNames(defaultResource, known)[0];
  const meant = near === undefined ? "" : `; did you mean "${near}"?`;
  const message = `expected defaultResource to be one of ${known.join(", ")}, found "${defaultResource}"${meant}`;
  return [...problems, { path: ["defaultResource"], message }];
}

/** Makes the paths of a definition absolute: from `base`, the directory of the file it stands in, or from home for `~/`. */
export function resolvePaths(definition: ResourceDefinition, base: string): ResourceDefinition {
  if (definition.kind === "mantid-web") {
    return definition.caFile === undefined
      ? definition
      : { ...definition, caFile: resolvePath(definition.caFile, base) };
  }
  if (definition.kind === "slurm-rest") {
    const resolved = { ...definition };
    for (const key of ["socket", "tokenFile", "jwtKeyFile", "sharedFolder", "caFile"] as const) {
      const path = definition[key];
      if (path !== undefined) resolved[key] = resolvePath(path, base);
    }
    const { sharedDirectories } = definition;
    return {
      ...resolved,
      ...(sharedDirectories && {
        sharedDirectories: sharedDirectories.map((path) => resolvePath(path, base)),
      }),
    };
  }
  if (definition.kind === "slurm-cli") {
    const resolved = { ...definition };
    // The others are paths on the cluster.
    for (const key of ["identityFile", "knownHostsFile"] as const) {
      const path = definition[key];
      if (path !== undefined) resolved[key] = resolvePath(path, base);
    }
    return resolved;
  }
  if (definition.kind === "pac") {
    const resolved = { ...definition };
    for (const key of ["caFile", "certFile", "keyFile", "passphraseFile", "tokenFile"] as const) {
      const path = definition[key];
      if (path !== undefined) resolved[key] = resolvePath(path, base);
    }
    return resolved;
  }
  const { workspace, extraPath, sharedDirectories } = definition;
  return {
    ...definition,
    workspace: resolvePath(workspace, base),
    ...(extraPath === undefined ? {} : { extraPath: extraPath.map((path) => resolvePath(path, base)) }),
    ...(sharedDirectories === undefined
      ? {}
      : { sharedDirectories: sharedDirectories.map((path) => resolvePath(path, base)) }),
  };
}

function resolvePath(path: string, base: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : join(base, path);
}

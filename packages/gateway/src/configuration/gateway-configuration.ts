import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import {
  ConfigError,
  configurationError,
  type ConfigurationProblem,
  findDefinitionProblems,
  readConfiguration,
  type ResourceDefinition,
  resolvePaths,
  TomlPositions,
} from "scarf-tomo";
import { safeParse } from "zod/mini";
import { findGatewayProblems } from "./find-gateway-problems.js";
import { findTlsProblems } from "./find-tls-problems.js";
import { isWebAddress } from "../users/key-set.js";
import { findKeySetProblems } from "./find-key-set-problems.js";
import {
  type GatewayConfigurationInput,
  type GatewayConfigurationValues,
  gatewaySchema,
  parseListen,
} from "./gateway-schema.js";

/** The gateway's configuration, checked, with absolute paths and all defaults. */
export interface GatewayConfiguration extends Omit<
  GatewayConfigurationValues,
  "listen" | "users" | "resources" | "defaultResource"
> {
  readonly listen: { readonly host: string; readonly port: number };
  readonly users: GatewayConfigurationValues["users"] & { readonly file: string };
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  /** The resource of paths that name none; the only one, where there is just one. */
  readonly defaultResource: string | undefined;
}

export interface CheckOptions {
  /** Further problems, told together with those of the file itself. */
  readonly alsoFind?: (configuration: GatewayConfiguration) => Promise<readonly ConfigurationProblem[]>;
}

const findNothing = (): Promise<readonly ConfigurationProblem[]> => Promise.resolve([]);

/**
 * Reads and checks a configuration file without starting anything. Relative paths in it are relative to its directory.
 * @throws {ConfigError} `CONFIG_INVALID`: one line `FILE:LINE: expected …, found …` for each mistake.
 */
export async function checkConfiguration(
  path: string,
  { alsoFind = findNothing }: CheckOptions = {},
): Promise<GatewayConfiguration> {
  const file = resolve(path);
  const values = await readConfiguration(file, gatewaySchema);
  const configuration = resolveConfiguration(values, dirname(file));
  const problems = [
    ...findProblems(values),
    ...(await findFileProblems(configuration)),
    ...(await alsoFind(configuration)),
  ];
  if (problems.length > 0)
    throw configurationError(file, new TomlPositions(await readFile(file, "utf8")), problems);
  return configuration;
}

/** As `checkConfiguration`, for what a program has put together itself. Relative paths are relative to the working directory. */
export async function checkConfigurationInput(
  input: GatewayConfigurationInput,
  {
    resourcesGiven = false,
    alsoFind = findNothing,
  }: CheckOptions & { readonly resourcesGiven?: boolean } = {},
): Promise<GatewayConfiguration> {
  const result = safeParse(gatewaySchema, input);
  if (!result.success) {
    throw inputError(
      result.error.issues.map(({ path, message }) => ({
        path: path.map((part) => (typeof part === "symbol" ? "" : part)),
        message: `expected ${message}`,
      })),
    );
  }
  const configuration = resolveConfiguration(result.data, process.cwd());
  const problems = [
    ...(resourcesGiven ? [] : findProblems(result.data)),
    ...(await findFileProblems(configuration)),
    ...(await alsoFind(configuration)),
  ];
  if (problems.length > 0) throw inputError(problems);
  return configuration;
}

function inputError(problems: readonly ConfigurationProblem[]): ConfigError {
  return new ConfigError(
    "CONFIG_INVALID",
    problems.map(({ path, message }) => `configuration, ${path.join(".") || "top"}: ${message}`).join("\n"),
    { hint: "Correct the configuration and start again." },
  );
}

function findProblems(values: GatewayConfigurationValues): readonly ConfigurationProblem[] {
  const definitions = Object.entries(values.resources).flatMap(([id, definition]) =>
    findDefinitionProblems(definition, ["resources", id]),
  );
  return [...definitions, ...findGatewayProblems(values)];
}

async function findFileProblems(
  configuration: GatewayConfiguration,
): Promise<readonly ConfigurationProblem[]> {
  return [...(await findTlsProblems(configuration)), ...(await findKeySetProblems(configuration))];
}

function resolveConfiguration(values: GatewayConfigurationValues, base: string): GatewayConfiguration {
  const absolute = (path: string): string => resolvePath(path, base);
  const stateDirectory = absolute(values.stateDirectory);
  const resources = Object.entries(values.resources).map(
    ([id, definition]) => [id, resolvePaths(definition, base)] as const,
  );
  const { tls, log, users } = values;
  return {
    ...values,
    listen: parseListen(values.listen),
    stateDirectory,
    applicationDirectories: values.applicationDirectories.map(absolute),
    ...(tls !== undefined && {
      tls: {
        ...tls,
        cert: absolute(tls.cert),
        key: absolute(tls.key),
        ...(tls.clientCa !== undefined && { clientCa: absolute(tls.clientCa) }),
      },
    }),
    users: {
      ...users,
      file: absolute(users.file ?? join(stateDirectory, "users")),
      ...(users.oauth2 !== undefined && {
        oauth2: {
          ...users.oauth2,
          keys: isWebAddress(users.oauth2.keys) ? users.oauth2.keys : absolute(users.oauth2.keys),
        },
      }),
    },
    log: {
      level: log.level,
      auditQueries: log.auditQueries,
      ...(log.file !== undefined && { file: absolute(log.file) }),
      ...(log.auditFile !== undefined && { auditFile: absolute(log.auditFile) }),
    },
    resources: Object.fromEntries(resources),
    defaultResource: values.defaultResource ?? (resources.length === 1 ? resources[0]?.[0] : undefined),
  };
}

function resolvePath(path: string, base: string): string {
  if (path === "~" || path.startsWith("~/")) return join(homedir(), path.slice(1));
  return isAbsolute(path) ? path : join(base, path);
}

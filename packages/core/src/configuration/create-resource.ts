import type { ComputeResource } from "../resources/compute-resource.js";
import { LocalResource } from "../resources/local/index.js";
import { MantidWebResource } from "../resources/mantid-web/index.js";
import { type PacLogin, PacResource } from "../resources/pac/index.js";
import { SlurmCliResource } from "../resources/slurm-cli/index.js";
import { SlurmRestResource, type SlurmTokenSource } from "../resources/slurm-rest/index.js";
import type { CommandTransport } from "../transports/command-transport.js";
import { LocalCommands } from "../transports/process/local-commands.js";
import { SshCommands } from "../transports/ssh/index.js";
import type {
  PacDefinition,
  ResourceDefinition,
  SlurmCliDefinition,
  SlurmRestDefinition,
} from "./resource-definitions.js";

/**
 * Makes the resource that a definition describes. Nothing is connected or started yet.
 * @param definition - with absolute paths, as `readClientConfiguration` gives them (`resolvePaths` for others).
 * @throws {ConfigError} `CONFIG_INVALID`: a value in it can't be used.
 */
export function createResource(definition: ResourceDefinition, id: string): ComputeResource {
  if (definition.kind === "local") {
    const { kind: _, ...options } = definition;
    return new LocalResource(withoutUndefined({ ...options, id }));
  }
  if (definition.kind === "slurm-rest") return createSlurmRest(definition, id);
  if (definition.kind === "slurm-cli") return createSlurmCli(definition, id);
  const { url, caFile } = definition;
  const shared = withoutUndefined({
    id,
    baseUrl: url,
    caFile,
    timeouts: definition.timeouts && withoutUndefined(definition.timeouts),
    retry: definition.retry && withoutUndefined(definition.retry),
  });
  if (definition.kind === "mantid-web") {
    const { insecure, scripts, requestVariables } = definition;
    return new MantidWebResource(withoutUndefined({ ...shared, insecure, scripts, requestVariables }));
  }
  const { generation, historyHours } = definition;
  return new PacResource(
    withoutUndefined({ ...shared, login: loginOf(definition), generation, historyHours }),
  );
}

function createSlurmCli(definition: SlurmCliDefinition, id: string): SlurmCliResource {
  const { host, port, identityFile, knownHostsFile, sshOptions, slurmConf, sharedDirectories, retry } =
    definition;
  const shared = { port, identityFile, knownHostsFile, options: sshOptions };
  return new SlurmCliResource(
    withoutUndefined({
      id,
      openTransport: (user: string | undefined): CommandTransport =>
        host === undefined ? openLocal(user) : new SshCommands(withoutUndefined({ ...shared, host, user })),
      environment: slurmConf === undefined ? undefined : { SLURM_CONF: slurmConf },
      sharedDirectories,
      retry: retry && withoutUndefined(retry),
    }),
  );
}

/** Only root, as a gateway may be, can run programs for others; who else tries is told by the log-in whose they would be. */
function openLocal(user: string | undefined): LocalCommands {
  return new LocalCommands(user === undefined || process.getuid?.() !== 0 ? {} : { asUser: user });
}

function createSlurmRest(definition: SlurmRestDefinition, id: string): SlurmRestResource {
  const { url = "http://localhost", socket, sharedFolder, sharedDirectories, timeouts, retry } = definition;
  const { apiVersion, caFile, insecure } = definition;
  const shared = sharedFolder && withoutUndefined({ home: sharedFolder, shared: sharedDirectories });
  return new SlurmRestResource(
    withoutUndefined({
      id,
      baseUrl: url,
      socketPath: socket,
      apiVersion,
      token: tokenOf(definition),
      sharedFolder: shared === "" ? undefined : shared,
      caFile,
      insecure,
      timeouts: timeouts && withoutUndefined(timeouts),
      retry: retry && withoutUndefined(retry),
    }),
  );
}

function tokenOf({ tokenFile, jwtKeyFile, tokenLifetimeSeconds }: SlurmRestDefinition): SlurmTokenSource {
  if (tokenFile !== undefined) return { kind: "file", tokenFile };
  if (jwtKeyFile === undefined) return { kind: "given" };
  return withoutUndefined({
    kind: "key" as const,
    keyFile: jwtKeyFile,
    lifetimeSeconds: tokenLifetimeSeconds,
  });
}

/** What goes together is checked by `findDefinitionProblems`. */
function loginOf(definition: PacDefinition): PacLogin {
  const { login, tokenPage, tokenMethod = "post", certFile, keyFile, passphraseFile, tokenFile } = definition;
  if (login === "logon") return { kind: "logon" };
  if (tokenPage !== undefined) return { kind: "token-page", url: tokenPage, method: tokenMethod };
  if (tokenFile !== undefined) return { kind: "bearer", tokenFile };
  if (certFile === undefined || keyFile === undefined) return { kind: "logon" };
  return withoutUndefined({ kind: "certificate" as const, certFile, keyFile, passphraseFile });
}

type WithoutUndefined<Value> = { [Key in keyof Value]: Exclude<Value[Key], undefined> };

/** A key that a file leaves out is absent, not undefined, for whoever takes the options. */
function withoutUndefined<Value extends object>(value: Value): WithoutUndefined<Value> {
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the entries left are those of the type
  return Object.fromEntries(present) as WithoutUndefined<Value>;
}

import { X509Certificate } from "node:crypto";
import { access, constants, mkdir, readFile, stat, statfs } from "node:fs/promises";
import { createServer, isIP } from "node:net";
import { dirname } from "node:path";
import { ApplicationCatalogue, type ConfigurationProblem, createResource, isScarfError } from "scarf-tomo";
import { daysUntil, warnDays } from "../server/certificate-watch.js";
import { isStateLocked } from "../state/state-lock.js";
import { readUsersFile } from "../users/users-file.js";
import type { GatewayConfiguration } from "./gateway-configuration.js";
import { parseListen } from "./gateway-schema.js";

export interface EnvironmentReport {
  /** What would keep the gateway from starting, or from working. */
  readonly problems: readonly ConfigurationProblem[];
  /** What somebody should look at. */
  readonly warnings: readonly string[];
  /** Of `tls.cert`, as far as it is one. */
  readonly certificateExpiresAt: Date | undefined;
}

/**
 * Looks at what a configuration needs of this machine: directories, files, their permissions, addresses, space, and with
 * `askResources` whether each resource answers. Finds all there is to find; nothing is changed, but directories are made.
 */
export async function findEnvironmentProblems(
  configuration: GatewayConfiguration,
  { askResources = false }: { readonly askResources?: boolean } = {},
): Promise<EnvironmentReport> {
  const found = new Findings();
  await checkDirectories(configuration, found);
  await checkUsers(configuration, found);
  await checkCertificate(configuration, found);
  await checkApplications(configuration, found);
  await checkAddresses(configuration, found);
  if (askResources) await checkResources(configuration, found);
  return found;
}

class Findings implements EnvironmentReport {
  readonly problems: ConfigurationProblem[] = [];
  readonly warnings: string[] = [];
  certificateExpiresAt: Date | undefined;

  problem(path: readonly string[], message: string): void {
    this.problems.push({ path, message });
  }
}

async function checkDirectories(configuration: GatewayConfiguration, found: Findings): Promise<void> {
  const { stateDirectory, log, resources, limits } = configuration;
  await checkWritable(["stateDirectory"], stateDirectory, found);
  for (const key of ["file", "auditFile"] as const) {
    const file = log[key];
    if (file !== undefined) await checkWritable(["log", key], dirname(file), found);
  }
  for (const [id, definition] of Object.entries(resources))
    if (definition.kind === "local")
      await checkWritable(["resources", id, "workspace"], definition.workspace, found);
  const others = await stat(stateDirectory).then(
    ({ mode }) => mode & 0o077,
    () => 0,
  );
  if (others !== 0)
    found.warnings.push(`${stateDirectory} can be read by others. Run: chmod 700 ${stateDirectory}`);
  const free = await statfs(stateDirectory).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => Infinity,
  );
  if (free < limits.freeDiskBytes)
    found.warnings.push(
      `Only ${free} bytes are free for ${stateDirectory}: uploads will be refused until it is ${limits.freeDiskBytes} (limits.freeDiskBytes).`,
    );
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EEXIST", "it is a file"],
  ["ENOTDIR", "a part of its path is a file"],
  ["EACCES", "permission denied"],
  ["EPERM", "permission denied"],
  ["EROFS", "the disk is read-only"],
]);

async function checkWritable(key: readonly string[], directory: string, found: Findings): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    await access(directory, constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unusable";
    const why = reasons.get(code) ?? code;
    found.problem(
      key,
      `expected a directory that can be written to, found that ${directory} can't be (${why})`,
    );
  }
}

async function checkUsers({ users, resources }: GatewayConfiguration, found: Findings): Promise<void> {
  if (users.authentication !== "gateway") return;
  try {
    const known = await readUsersFile(users.file);
    const byOther = users.oauth2 !== undefined && !users.onlyListed;
    if (known.size === 0 && !byOther && Object.keys(resources).length > 0)
      found.warnings.push("Nobody can log in yet. Add a user with: scarf user add NAME");
  } catch (error) {
    found.problem(["users", "file"], error instanceof Error ? error.message : `${users.file} can't be read`);
  }
}

async function checkCertificate({ tls, baseUrl }: GatewayConfiguration, found: Findings): Promise<void> {
  if (tls === undefined) return;
  const keyMode = await stat(tls.key).then(
    ({ mode }) => mode & 0o077,
    () => 0,
  );
  if (keyMode !== 0)
    found.warnings.push(`The key ${tls.key} can be read by others. Run: chmod 600 ${tls.key}`);
  const pem = await readFile(tls.cert).catch(() => undefined);
  // What is no certificate at all has been told already.
  const certificate = pem === undefined ? undefined : tryReadCertificate(pem);
  if (certificate === undefined) return;
  const end = new Date(certificate.validTo);
  found.certificateExpiresAt = end;
  const days = daysUntil(end);
  if (days < 0)
    found.problem(
      ["tls", "cert"],
      `expected a certificate that holds, found that it has expired on ${end.toISOString()}`,
    );
  else if (days < warnDays)
    found.warnings.push(`The certificate expires in ${days} days, on ${end.toISOString()}.`);
  if (Date.parse(certificate.validFrom) > Date.now())
    found.problem(
      ["tls", "cert"],
      `expected a certificate that holds already, found that it begins to on ${certificate.validFrom}`,
    );
  const host = baseUrl === undefined ? undefined : new URL(baseUrl).hostname.replace(/^\[|\]$/g, "");
  if (
    host !== undefined &&
    (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) === undefined
  )
    found.warnings.push(`The certificate is not one of ${host}, which is what baseUrl tells clients to use.`);
}

function tryReadCertificate(pem: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}

async function checkApplications(
  { applicationDirectories }: GatewayConfiguration,
  found: Findings,
): Promise<void> {
  try {
    const catalogue = await ApplicationCatalogue.load(applicationDirectories);
    for (const broken of catalogue.broken())
      found.warnings.push(`An application can't be used: ${JSON.stringify(broken)}`);
  } catch (error) {
    found.problem(["applicationDirectories"], error instanceof Error ? error.message : "they can't be read");
  }
}

/** As long as no gateway runs here: its own addresses are in use then. */
async function checkAddresses(
  { stateDirectory, listen, operations }: GatewayConfiguration,
  found: Findings,
): Promise<void> {
  if (await isStateLocked(stateDirectory)) return;
  await checkAddress(["listen"], listen, found);
  if (operations.enabled && operations.listen !== undefined)
    await checkAddress(["operations", "listen"], parseListen(operations.listen), found);
}

async function checkAddress(
  key: readonly string[],
  { host, port }: { readonly host: string; readonly port: number },
  found: Findings,
): Promise<void> {
  const server = createServer();
  const why = await new Promise<string | undefined>((resolve) => {
    server.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
  if (why !== undefined)
    found.problem(
      key,
      `expected an address that is free, found that ${host}:${port} ${why === "EADDRINUSE" ? "is in use" : `can't be used (${why})`}`,
    );
}

async function checkResources({ resources }: GatewayConfiguration, found: Findings): Promise<void> {
  for (const [id, definition] of Object.entries(resources)) {
    const resource = createResource(definition, id);
    try {
      await resource.ping({ signal: AbortSignal.timeout(10_000) });
    } catch (error) {
      const why = isScarfError(error) ? `${error.code}: ${error.message}` : "it failed unexpectedly";
      found.problem(
        ["resources", id],
        `expected a resource that answers, found that ${id} does not (${why})`,
      );
    } finally {
      await resource.close();
    }
  }
}

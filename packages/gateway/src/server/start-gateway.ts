import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fastify, type FastifyInstance } from "fastify";
import type { Logger } from "pino";
import { ApplicationCatalogue, type ComputeResource, ConfigError, createResource } from "scarf-tomo";
import { wireHeaders } from "scarf-tomo/wire";
import {
  checkConfiguration,
  checkConfigurationInput,
  type GatewayConfiguration,
} from "../configuration/gateway-configuration.js";
import type { GatewayConfigurationInput } from "../configuration/gateway-schema.js";
import { PacFace } from "../pac/pac-face.js";
import type { PacDesk } from "../pac/pac-operation.js";
import { type OfferedResource, SessionDesk } from "../sessions/session-desk.js";
import { SessionTable } from "../sessions/session-table.js";
import { Spool } from "../state/spool.js";
import { lockState } from "../state/state-lock.js";
import { openStore } from "../state/store.js";
import { SubmitJournal } from "../state/submit-journal.js";
import { migrations } from "../state/tables.js";
import { UploadTable } from "../state/upload-table.js";
import { LoginThrottle } from "../users/login-throttle.js";
import { gatewayVersion } from "../version.js";
import { type GatewayLogs, openLogs } from "./gateway-log.js";
import { servePac } from "./pac-route.js";

/** What a program that starts a gateway can give it besides its configuration. */
export interface StartGatewayOptions {
  /** Where log lines go. @defaultValue standard error, or the configuration's `log.file` */
  readonly logger?: Logger;
  /** Resources at hand, instead of those of the configuration. The first is the default one unless the configuration names another. */
  readonly resources?: readonly ComputeResource[];
}

/** A gateway that is listening. */
export interface Gateway {
  /** Where it listens, with a slash at its end: `http://127.0.0.1:8080/`. */
  readonly url: string;
  /** Base address for clients of the default resource: `http://127.0.0.1:8080/platform/`. */
  readonly pacUrl: string;
  /** Stops listening, waits for requests under way (for `shutdownSeconds`) and closes. */
  close(): Promise<void>;
}

/** Uploads that were never finished, and keys of submits, are kept this long. */
const keepDays = 30;
const sweepMilliseconds = 60_000;

/**
 * Starts a gateway; resolves when it listens.
 * @param configuration - Path of a configuration file, or the same as an object.
 * @throws {ConfigError} `CONFIG_INVALID`: the configuration is wrong, the address is in use, or another gateway has the state directory.
 */
export async function startGateway(
  configuration: string | GatewayConfigurationInput,
  options: StartGatewayOptions = {},
): Promise<Gateway> {
  const { resources: given } = options;
  const settings =
    typeof configuration === "string"
      ? await checkConfiguration(configuration)
      : await checkConfigurationInput(configuration, { resourcesGiven: given !== undefined });
  const logs = openLogs(settings, options.logger);
  const unlock = await lockState(settings.stateDirectory);
  const closing: (() => Promise<void> | void)[] = [() => logs.flush(), unlock];
  const close = async (): Promise<void> => {
    for (const step of closing.splice(0).toReversed()) await step();
  };
  try {
    const resources = given ?? makeResources(settings);
    if (given === undefined) closing.push(() => closeAll(resources));
    const opened = await openFace(settings, resources, logs);
    closing.push(() => opened.stop());
    const { server, url } = await listen(settings, opened.face, logs);
    closing.push(() => stopServer(server, settings.shutdownSeconds));
    logs.log.info({ url, resources: resources.map(({ id }) => id) }, "listening");
    return { url, pacUrl: `${url}${settings.contextPath}/`, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function makeResources({ resources }: GatewayConfiguration): readonly ComputeResource[] {
  return Object.entries(resources).map(([id, definition]) => createResource(definition, id));
}

async function closeAll(resources: readonly ComputeResource[]): Promise<void> {
  await Promise.all(resources.map((resource) => resource.close()));
}

async function openFace(
  settings: GatewayConfiguration,
  resources: readonly ComputeResource[],
  { log, audit }: GatewayLogs,
): Promise<{ readonly face: PacFace; stop(): void }> {
  const { stateDirectory, limits, sessions: lifetime, contextPath } = settings;
  const applications = await ApplicationCatalogue.load(settings.applicationDirectories);
  for (const broken of applications.broken()) log.warn(broken, "an application can't be used");
  const store = openStore(join(stateDirectory, "gateway.sqlite"), migrations);
  const journal = new SubmitJournal(store);
  const uploads = new UploadTable(store);
  const spool = new Spool(join(stateDirectory, "spool"));
  await spool.open(uploads.spoolNames());
  const table = new SessionTable(store, {
    idleSeconds: lifetime.idleMinutes * 60,
    absoluteSeconds: lifetime.absoluteHours * 3600,
  });
  const throttle = new LoginThrottle({
    attempts: limits.loginAttempts,
    windowSeconds: limits.loginWindowMinutes * 60,
    delaySeconds: limits.loginDelaySeconds,
  });
  const sessions = new SessionDesk(table, throttle);
  const desks = new Map(
    resources.map((resource): [string, PacDesk] => {
      const offered = offer(resource, settings);
      return [resource.id, { offered, sessions, journal, uploads, spool, applications, limits }];
    }),
  );
  const sweep = async (): Promise<void> => {
    await sessions.sweep();
    journal.removeOlderThan(keepDays);
    for (const name of uploads.removeOlderThan(keepDays)) await spool.remove(name);
  };
  const timer = setInterval(() => {
    sweep().catch((error: unknown) => log.error({ err: error }, "sweep failed"));
  }, sweepMilliseconds);
  timer.unref();
  const defaultResource = settings.defaultResource ?? resources[0]?.id;
  return {
    face: new PacFace({ contextPath, desks, defaultResource, sessions, log, audit }),
    stop: () => {
      clearInterval(timer);
      store.close();
    },
  };
}

/** A resource that checks passwords itself gets them; for the others the gateway's file of users does. */
function offer(resource: ComputeResource, { users }: GatewayConfiguration): OfferedResource {
  const byResource = users.authentication === "resource";
  if (byResource && !resource.capabilities.password) {
    throw new ConfigError(
      "CONFIG_INVALID",
      `The resource ${resource.id} checks no passwords, so anybody could log in.`,
      {
        hint: 'Set users.authentication = "gateway" and make users with: scarf user add NAME',
      },
    );
  }
  return { id: resource.id, resource, ...(!byResource && { usersFile: users.file }) };
}

async function listen(
  settings: GatewayConfiguration,
  face: PacFace,
  { log }: GatewayLogs,
): Promise<{ readonly server: FastifyInstance; readonly url: string }> {
  const { tls, listen: at, limits } = settings;
  const common = {
    // Uploads take as long as they take; a client that sends nothing for this long is gone.
    requestTimeout: 0,
    connectionTimeout: limits.stalledSeconds * 1000,
    forceCloseConnections: "idle" as const,
    exposeHeadRoutes: false,
    // Behind a proxy all log-ins would come from one address, and share its failures.
    trustProxy: settings.trustedProxies.length > 0 && [...settings.trustedProxies],
    // Every target reaches one handler, which takes it apart by hand.
    rewriteUrl: () => "/",
  };
  const server: FastifyInstance =
    tls === undefined
      ? fastify(common)
      : fastify({
          ...common,
          https: { cert: await readFile(tls.cert), key: await readFile(tls.key), minVersion: "TLSv1.2" },
        });
  // Without it, the time without limit for requests would hold for their headers too.
  server.server.headersTimeout = 60_000;
  const scheme = tls === undefined ? "http" : "https";
  let url = "";
  server.route({
    method: ["GET", "POST", "PUT", "DELETE"],
    url: "/",
    onRequest: (request, reply) =>
      servePac(request, reply, {
        face,
        version: gatewayVersion,
        baseUrl: settings.baseUrl,
        ownOrigin: () => url,
        log,
      }),
    handler: () => {
      throw new Error("the request was served before");
    },
  });
  server.setNotFoundHandler((_, reply) =>
    reply
      .code(405)
      .header(wireHeaders.gateway, gatewayVersion)
      .type("text/plain")
      .send("Only GET and POST are known here.\n"),
  );
  server.setErrorHandler((error, _, reply) => {
    log.error({ err: error }, "unexpected failure");
    return reply.code(500).type("text/plain").send("The service failed unexpectedly.\n");
  });
  try {
    await server.listen({ host: at.host, port: at.port });
  } catch (cause) {
    const why =
      cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE"
        ? "is in use"
        : "can't be used";
    throw new ConfigError("CONFIG_INVALID", `The address ${at.host}:${at.port} ${why}.`, {
      hint: "Stop what listens there, or set another address as listen.",
      cause,
    });
  }
  const host = at.host.includes(":") ? `[${at.host}]` : at.host;
  url = `${scheme}://${host}:${boundPort(server, at.port)}/`;
  return { server, url };
}

function boundPort(server: FastifyInstance, asked: number): number {
  const address: AddressInfo | string | null = server.server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}

async function stopServer(server: FastifyInstance, seconds: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), seconds * 1000);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

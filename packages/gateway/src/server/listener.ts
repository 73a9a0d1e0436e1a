import { createServer, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, BlockList } from "node:net";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ConfigError } from "scarf-tomo";
import { wireHeaders } from "scarf-tomo/wire";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { gatewayVersion } from "../version.js";
import { refuseBrokenRequest } from "./broken-request.js";
import { ConnectionTable } from "./connection-table.js";
import type { GatewayLogs } from "./gateway-log.js";
import { CertificateWatch } from "./certificate-watch.js";
import { RunningRequests } from "./running-requests.js";
import { SharedAnswers } from "./shared-answers.js";
import { readTlsPair } from "./tls-pair.js";

/** Answers one request, whatever its target, and with it those that are the same; may take the reply over (`reply.hijack`). */
export type ServeRequest = (
  request: FastifyRequest,
  reply: FastifyReply,
  shared: SharedAnswers,
) => Promise<void>;

/** An HTTP(S) server that listens. */
export interface Listener {
  /** With a slash at its end. */
  readonly url: string;
  readonly connections: ConnectionTable;
  /** Of the certificate in force; undefined without TLS. */
  readonly certificateExpiresAt: () => Date | undefined;
  /** Looks at the files of the certificate now. */
  reload(): Promise<void>;
  /** Stops listening and waits this long for the requests under way. */
  stop(seconds: number): Promise<void>;
}

/**
 * @param serve - Gets every request; it may read `url` of the listener only once this has resolved.
 * @throws {ConfigError} `CONFIG_INVALID`: the address is in use, or none of this machine's.
 */
export async function listen(
  settings: GatewayConfiguration,
  serve: ServeRequest,
  { log, metrics }: Pick<GatewayLogs, "log" | "metrics">,
): Promise<Listener> {
  const running = new RunningRequests();
  const { server, shared, certificates } = await makeServer(settings, running, log);
  const connections = new ConnectionTable(settings.limits, makeProxyCheck(settings.trustedProxies), (limit) =>
    metrics.countRefusedConnection(limit),
  );
  connections.watch(server.server, { isSecure: settings.tls !== undefined });
  server.route({
    method: ["GET", "POST", "PUT", "DELETE"],
    url: "/",
    onRequest: (request, reply) => running.serve(reply.raw, () => serve(request, reply, shared)),
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
  const { host, port } = settings.listen;
  try {
    // As many clients as the kernel allows may come in one moment: with fewer they would try again only after a second.
    await server.listen({ host, port, backlog: 4096 });
  } catch (cause) {
    certificates?.stop();
    throw cannotListen(host, port, cause);
  }
  const scheme = settings.tls === undefined ? "http" : "https";
  return {
    url: renderUrl(scheme, host, boundPort(server, port)),
    connections,
    certificateExpiresAt: () => certificates?.expiresAt,
    reload: async () => certificates?.check({ force: true }),
    stop: async (seconds) => {
      certificates?.stop();
      await stopServer(server, running, seconds);
    },
  };
}

interface MadeServer {
  readonly server: FastifyInstance;
  readonly shared: SharedAnswers;
  readonly certificates: CertificateWatch | undefined;
}

async function makeServer(
  settings: GatewayConfiguration,
  running: RunningRequests,
  log: Logger,
): Promise<MadeServer> {
  const { tls, trustedProxies } = settings;
  const pair = tls === undefined ? undefined : await readTlsPair(tls);
  if (pair !== undefined && "problems" in pair)
    throw new ConfigError("CONFIG_INVALID", pair.problems.map(({ message }) => message).join("\n"));
  const options = serverOptions(settings);
  const secure = pair && createTlsServer({ ...pair.options, ...options });
  const http: Server = secure ?? createServer(options);
  http.setTimeout(settings.limits.stalledSeconds * 1000);
  let shared: SharedAnswers | undefined;
  const server = fastify({
    forceCloseConnections: "idle",
    exposeHeadRoutes: false,
    clientErrorHandler: refuseBrokenRequest,
    // Behind a proxy all log-ins would come from one address, and share its failures.
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
    // Every target reaches one handler, which takes it apart by hand.
    rewriteUrl: () => "/",
    serverFactory: (serve) => {
      const made = new SharedAnswers(serve, () => !running.isStopping);
      shared = made;
      return http.on("request", (request, response) => made.take(request, response));
    },
  });
  if (shared === undefined) throw new Error("the framework has taken no server");
  const certificates = tls && pair && secure ? new CertificateWatch(tls, pair, secure, log) : undefined;
  return { server, shared, certificates };
}

/** How often Node looks for headers that are overdue; its own 30 s would add to the limit. */
const longestLookMilliseconds = 5000;
/** A connection may wait so long for its next request; shorter than what proxies in front of it wait. */
const keepAliveMilliseconds = 72_000;

function serverOptions({ limits }: GatewayConfiguration): ServerOptions {
  return {
    maxHeaderSize: limits.headerBytes,
    connectionsCheckingInterval: Math.min(longestLookMilliseconds, limits.headersSeconds * 500),
    keepAliveTimeout: keepAliveMilliseconds,
    // Uploads take as long as they take; a client that sends nothing for `stalledSeconds` is gone.
    requestTimeout: 0,
    // Without it, the time without limit for requests would hold for their headers too.
    headersTimeout: limits.headersSeconds * 1000,
  };
}

/** With a slash at its end. */
export function renderUrl(scheme: "http" | "https", host: string, port: number): string {
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}/`;
}

function makeProxyCheck(trustedProxies: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const proxy of trustedProxies) {
    const [network = "", prefix] = proxy.split("/");
    const type = network.includes(":") ? "ipv6" : "ipv4";
    if (prefix === undefined) list.addAddress(network, type);
    else list.addSubnet(network, Number(prefix), type);
  }
  return (address) => list.check(address, address.includes(":") ? "ipv6" : "ipv4");
}

export function cannotListen(host: string, port: number, cause: unknown): ConfigError {
  const used = cause instanceof Error && "code" in cause && cause.code === "EADDRINUSE";
  return new ConfigError(
    "CONFIG_INVALID",
    `The address ${host}:${port} ${used ? "is in use" : "can't be used"}.`,
    { hint: "Stop what listens there, or set another address as listen.", cause },
  );
}

function boundPort(server: FastifyInstance, asked: number): number {
  const address: AddressInfo | string | null = server.server.address();
  return typeof address === "object" && address !== null ? address.port : asked;
}

/** After its connection was cut a request has this long to clear up. */
const clearUpSeconds = 10;

async function stopServer(server: FastifyInstance, running: RunningRequests, seconds: number): Promise<void> {
  running.refuseFurther();
  const timer = setTimeout(() => server.server.closeAllConnections(), seconds * 1000);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
  // What was cut removes its half-written file now, and must still find the database open.
  await running.end(clearUpSeconds);
}

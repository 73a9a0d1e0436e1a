import { readFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { ConfigError } from "scarf-tomo";
import { wireHeaders } from "scarf-tomo/wire";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { gatewayVersion } from "../version.js";

/** Answers one request, whatever its target; may take the reply over (`reply.hijack`). */
export type ServeRequest = (request: FastifyRequest, reply: FastifyReply) => Promise<void>;

/** An HTTP(S) server that listens. */
export interface Listener {
  /** With a slash at its end. */
  readonly url: string;
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
  log: Logger,
): Promise<Listener> {
  const server = await makeServer(settings);
  server.route({
    method: ["GET", "POST", "PUT", "DELETE"],
    url: "/",
    onRequest: serve,
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
    await server.listen({ host, port });
  } catch (cause) {
    throw cannotListen(host, port, cause);
  }
  const scheme = settings.tls === undefined ? "http" : "https";
  const name = host.includes(":") ? `[${host}]` : host;
  return {
    url: `${scheme}://${name}:${boundPort(server, port)}/`,
    stop: (seconds) => stopServer(server, seconds),
  };
}

async function makeServer({ tls, limits, trustedProxies }: GatewayConfiguration): Promise<FastifyInstance> {
  const common = {
    // Uploads take as long as they take; a client that sends nothing for this long is gone.
    requestTimeout: 0,
    connectionTimeout: limits.stalledSeconds * 1000,
    forceCloseConnections: "idle" as const,
    exposeHeadRoutes: false,
    // Behind a proxy all log-ins would come from one address, and share its failures.
    trustProxy: trustedProxies.length > 0 && [...trustedProxies],
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
  return server;
}

function cannotListen(host: string, port: number, cause: unknown): ConfigError {
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

async function stopServer(server: FastifyInstance, seconds: number): Promise<void> {
  const timer = setTimeout(() => server.server.closeAllConnections(), seconds * 1000);
  try {
    await server.close();
  } finally {
    clearTimeout(timer);
  }
}

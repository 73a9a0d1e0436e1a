import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { isLoopback } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { cannotListen, renderUrl } from "../server/listener.js";
import type { GatewayHealth } from "./gateway-health.js";
import type { GatewayMetrics } from "./gateway-metrics.js";

interface Page {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** `/healthz` and `/metrics`: without log-in, so only for those who may ask. */
export class OperationsDesk {
  readonly #health: GatewayHealth;
  readonly #metrics: GatewayMetrics;
  readonly #openToLoopback: boolean;

  constructor(health: GatewayHealth, metrics: GatewayMetrics, settings: GatewayConfiguration) {
    this.#health = health;
    this.#metrics = metrics;
    const { operations, trustedProxies } = settings;
    // Behind a proxy everybody comes from the proxy's address, which may be a loopback one.
    this.#openToLoopback =
      operations.enabled && operations.listen === undefined && trustedProxies.length === 0;
  }

  /** Whether a request on the address of the service itself is for this desk. Everybody else finds nothing there. */
  serves({ raw, originalUrl }: FastifyRequest): boolean {
    if (!this.#openToLoopback || !paths.has(originalUrl)) return false;
    const peer = (raw.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
    return isLoopback(peer) && !forwardedHeaders.some((name) => name in raw.headers);
  }

  /** Where this machine finds it on the service's own address, if it does. */
  urlOn(serviceUrl: string): string | undefined {
    return this.#openToLoopback ? serviceUrl : undefined;
  }

  async serve(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    reply.hijack();
    await this.#answer(request.raw, reply.raw, request.originalUrl);
  }

  /** Listens on an address of its own. @returns its address and how to stop. */
  async listen(
    at: { readonly host: string; readonly port: number },
    log: Logger,
  ): Promise<{ readonly url: string; stop(): Promise<void> }> {
    const server = createServer({ requestTimeout: 10_000, headersTimeout: 10_000 }, (request, response) => {
      this.#answer(request, response, request.url ?? "").catch((error: unknown) => {
        log.error({ err: error }, "unexpected failure");
        response.destroy();
      });
    });
    server.maxConnections = 100;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(cannotListen(at.host, at.port, cause)));
      server.listen(at.port, at.host, resolve);
    });
    const address: AddressInfo | string | null = server.address();
    const port = typeof address === "object" && address !== null ? address.port : at.port;
    return {
      url: renderUrl("http", at.host, port),
      stop: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  }

  async #answer(request: IncomingMessage, response: ServerResponse, target: string): Promise<void> {
    request.resume();
    const { status, contentType, text } = await this.#page(request.method, target);
    response.writeHead(status, {
      "content-type": contentType,
      "content-length": Buffer.byteLength(text),
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.end(request.method === "HEAD" ? undefined : text);
  }

  async #page(method: string | undefined, target: string): Promise<Page> {
    if (method !== "GET" && method !== "HEAD") return plain(405, "Only GET is known here.\n");
    switch (target) {
      case "/healthz/live":
        return json(200, { status: "ok" });
      case "/healthz": {
        const report = await this.#health.report();
        return json(report.status === "failing" ? 503 : 200, report);
      }
      case "/metrics": {
        // So that what it tells about the resources is of now.
        await this.#health.report();
        const { contentType, text } = await this.#metrics.render();
        return { status: 200, contentType, text };
      }
      default:
        return plain(404, "There is /healthz, /healthz/live and /metrics.\n");
    }
  }
}

const paths: ReadonlySet<string> = new Set(["/healthz", "/healthz/live", "/metrics"]);

/** Any of them: somebody else is asking, through a program on this machine. */
const forwardedHeaders = ["x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via"];

function plain(status: number, text: string): Page {
  return { status, contentType: "text/plain; charset=utf-8", text };
}

function json(status: number, value: object): Page {
  return { status, contentType: "application/json; charset=utf-8", text: `${JSON.stringify(value)}\n` };
}

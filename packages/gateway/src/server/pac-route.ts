import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Logger } from "pino";
import { type ClientCertificate, describeCertificate } from "../users/client-certificate.js";
import type { Face } from "./open-face.js";
import { type BodyPace, drain, readBody } from "./request-body.js";
import { sendAnswer } from "./send-answer.js";
import type { SharedAnswers } from "./shared-answers.js";

export interface PacRouteOptions {
  readonly face: Face;
  /** Address of the service from outside; absent = as the client called it. */
  readonly baseUrl: string | undefined;
  /** Of the listening socket, for clients that send no usable `Host`. */
  readonly ownOrigin: () => string;
  readonly log: Logger;
  readonly pace: BodyPace;
}

/** Serves one request of any face. The body is never parsed by its content type, which many clients get wrong. */
export async function servePac(
  request: FastifyRequest,
  reply: FastifyReply,
  shared: SharedAnswers,
  options: PacRouteOptions,
): Promise<void> {
  const { raw } = request;
  const client = new WaitingClient(reply.raw);
  reply.hijack();
  const answer = await options.face.answer({
    target: request.originalUrl,
    method: raw.method ?? "GET",
    headers: raw.headers,
    body: readBody(raw, options.pace),
    address: request.ip,
    certificate: readCertificate(raw.socket),
    origin: findOrigin(request, options),
    onClosed: (work) => {
      // It may have closed while the operation was waiting for its turn.
      if (reply.raw.closed) work();
      else reply.raw.once("close", work);
    },
    get signal() {
      return client.signal;
    },
    gather: () => shared.gather(raw, request.originalUrl),
  });
  // With keep-alive the rest of an unwanted body may come after the answer; a connection about to close must be read first.
  const closes = (raw.headers.connection ?? "").toLowerCase().includes("close");
  const isDrained = !closes || (await drain(raw, options.pace));
  try {
    await sendAnswer(reply.raw, answer);
  } catch (error) {
    // The headers are out: all that can still be said is that the answer is not complete.
    if (!client.isGone) options.log.warn({ err: error }, "an answer could not be sent to its end");
    reply.raw.destroy();
  }
  // Not a byte more of a body that nobody wants, and that does not come to its end.
  if (!isDrained || !(await drain(raw, options.pace))) raw.destroy();
}

/** Whether the client is still there. Its signal is made when somebody asks for it: it costs more than many an answer. */
class WaitingClient {
  #isGone = false;
  #controller: AbortController | undefined;

  constructor(response: ServerResponse) {
    response.once("close", () => {
      if (response.writableFinished) return;
      this.#isGone = true;
      this.#controller?.abort();
    });
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isGone) this.#controller.abort();
    return this.#controller.signal;
  }
}

/**
 * What the handshake has verified. That a connection is authorized is not enough: Node says so of a resumed one of TLS 1.3 that
 * never showed a certificate.
 */
function readCertificate(socket: Socket): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined ? undefined : describeCertificate(certificate);
}

function findOrigin({ host, protocol }: FastifyRequest, { baseUrl, ownOrigin }: PacRouteOptions): string {
  if (baseUrl !== undefined) return baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`;
  return /^[A-Za-z0-9.:[\]_-]+$/.test(host) ? `${protocol}://${host}/` : ownOrigin();
}

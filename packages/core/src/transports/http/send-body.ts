import type { ClientRequest } from "node:http";
import type { HttpBody } from "./http-types.js";
import type { Watchdog } from "./watchdog.js";

/** Number of bytes that {@link sendBody} will write. */
export function bodySize(body: HttpBody | undefined): number {
  if (body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body, "utf8");
  return body instanceof Uint8Array ? body.byteLength : body.sizeBytes;
}

export interface BodySending {
  readonly watchdog: Watchdog;
  readonly onSent: ((bytesSent: number) => void) | undefined;
}

/**
 * Writes a body and ends the request. Each chunk has left before the next is asked for, so that memory stays flat and
 * a source may use its buffers again. Returns early (false) when the request is over before the body is: an
 * answer came already, or the connection broke.
 */
export async function sendBody(
  request: ClientRequest,
  body: HttpBody | undefined,
  sending: BodySending,
): Promise<boolean> {
  if (body === undefined || typeof body === "string" || body instanceof Uint8Array) {
    sending.watchdog.wait("answer");
    request.end(body);
    sending.onSent?.(bodySize(body));
    return true;
  }
  let over = false;
  let release: (() => void) | undefined;
  const finish = (): void => {
    over = true;
    release?.();
  };
  request.once("response", finish);
  request.once("close", finish);
  let bytesSent = 0;
  for await (const chunk of body.read()) {
    if (isOver()) return false;
    sending.watchdog.wait("send");
    await new Promise<void>((resolve) => {
      release = resolve;
      request.write(chunk, () => resolve());
    });
    if (isOver()) return false;
    sending.watchdog.pause();
    bytesSent += chunk.byteLength;
    sending.onSent?.(bytesSent);
  }
  if (isOver()) return false;
  sending.watchdog.wait("answer");
  request.end();
  return true;

  function isOver(): boolean {
    return over || request.destroyed;
  }
}

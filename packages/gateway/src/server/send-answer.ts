import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { wireHeaders } from "scarf-tomo/wire";
import type { PacAnswer } from "../pac/pac-answer.js";
import { gatewayVersion } from "../version.js";

/** Whether a body is all there before it goes out. */
export function isWhole(body: PacAnswer["body"]): body is string | Uint8Array {
  return typeof body === "string" || body instanceof Uint8Array;
}

/** @throws what the source of the body throws; an Error when the connection is gone. */
export async function sendAnswer(response: ServerResponse, answer: PacAnswer): Promise<void> {
  const { body } = answer;
  if (isWhole(body)) {
    prepareAnswer(answer, body)(response);
    return;
  }
  const isSized = "read" in body;
  response.writeHead(answer.status, renderHead(answer, isSized ? body.sizeBytes : undefined));
  await sendAnswerBody(response, isSized ? body.read() : body);
}

/** @returns what sends it, be it to one or to a thousand. */
export function prepareAnswer(
  answer: PacAnswer,
  body: string | Uint8Array,
): (response: ServerResponse) => void {
  const head = renderHead(answer, Buffer.byteLength(body));
  return (response) => {
    response.writeHead(answer.status, head).end(body);
  };
}

function renderHead({ headers, contentType }: PacAnswer, sizeBytes: number | undefined): string[] {
  const head = {
    ...headers,
    [wireHeaders.gateway]: gatewayVersion,
    "content-type": contentType,
    // State changes by GET here, and lists are old at once.
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(sizeBytes !== undefined && { "content-length": String(sizeBytes) }),
  };
  // As Node takes it without taking it apart for each answer.
  return Object.entries(head).flat();
}

/**
 * Writes a body and ends the answer. Each chunk has left before the next is asked for: memory stays flat, and a source may
 * use its buffers again.
 */
async function sendAnswerBody(response: ServerResponse, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) {
    await new Promise<void>((resolve, reject) => {
      const onClose = (): void => reject(new Error("the client went away before it had the whole answer"));
      if (response.destroyed) return onClose();
      response.once("close", onClose);
      response.write(chunk, (error) => {
        response.off("close", onClose);
        if (error) reject(error);
        else resolve();
      });
    });
  }
  response.end();
  if (!response.writableFinished && !response.destroyed)
    await Promise.race([once(response, "finish"), once(response, "close")]);
}

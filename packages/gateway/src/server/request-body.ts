import type { IncomingMessage } from "node:http";
import { TransferError } from "scarf-tomo";

/**
 * A request's body that may be left unread: leaving the loop early does not destroy the connection, so that the client can
 * still be told why. A connection that breaks throws instead of looking like the end of the body.
 */
export async function* readBody(request: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      if (chunk instanceof Uint8Array) yield chunk;
    }
  } catch (cause) {
    throw interrupted(cause);
  }
  if (!request.complete) throw interrupted(undefined);
}

function interrupted(cause: unknown): TransferError {
  return new TransferError(
    "TRANSFER_INCOMPLETE",
    "The connection broke before the whole request had arrived.",
    {
      hint: "Send it again.",
      cause,
    },
  );
}

/** What is left of a body that says how long it is comes to an end by itself. Of another one so much is waited for. */
const mostDrainedBytes = 1024 ** 3;

/**
 * Reads and drops what is left of a body. A client that is still sending would not see an answer to a closed connection; one that
 * would send for ever is cut.
 */
export async function drain(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return;
  if (request.headers["content-length"] === undefined) {
    let drainedBytes = 0;
    request.on("data", (chunk: Buffer) => {
      drainedBytes += chunk.length;
      if (drainedBytes > mostDrainedBytes) request.destroy();
    });
  }
  await new Promise<void>((resolve) => {
    request
      .once("end", resolve)
      .once("close", resolve)
      .once("error", () => resolve());
    request.resume();
  });
}

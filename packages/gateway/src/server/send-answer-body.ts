import { once } from "node:events";
import type { ServerResponse } from "node:http";

/**
 * Writes a body and ends the answer. Each chunk has left before the next is asked for: memory stays flat, and a source may
 * use its buffers again.
 * @throws what the source throws; an Error when the connection is gone.
 */
export async function sendAnswerBody(
  response: ServerResponse,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
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

import { isScarfError } from "../../errors/index.js";
import { type HttpAnswer, isHtml } from "../../transports/http/index.js";
import type { StatusContext } from "../../wire/index.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import type { PacService } from "./pac-service.js";

/** Where a status came from. */
export const jobListSource = "PAC job list";

/** Reads the job list in an answer as it arrives, by the reader of its generation. What is no list is told in the user's words. */
export async function readJobList<List>(
  service: PacService,
  answer: HttpAnswer,
  doing: string,
  read: (chunks: AsyncIterable<Uint8Array>, context: StatusContext) => Promise<List>,
): Promise<List> {
  const observedAt = new Date();
  let head: Uint8Array = new Uint8Array();
  async function* remembering(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of answer.chunks) {
      if (head.byteLength === 0) head = Buffer.from(chunk.subarray(0, 2048));
      yield chunk;
    }
  }
  try {
    return await read(remembering(), {
      evidence: { source: jobListSource, observedAt },
      extended: service.isGateway,
    });
  } catch (error) {
    if (isScarfError(error)) throw error;
    const text = Buffer.from(head).toString("utf8");
    if (isHtml(answer.headers["content-type"], text))
      throw pageInsteadOfAnswer(service.who, service.mask(text), answer.status);
    service.checkSession(text);
    throw service.explain(doing, error);
  }
}

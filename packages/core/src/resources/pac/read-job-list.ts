import { isScarfError } from "../../errors/index.js";
import { type HttpAnswer, isHtml } from "../../transports/http/index.js";
import { type StatusContext, WireFormatError } from "../../wire/index.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import type { PacService } from "./pac-service.js";

/** Where a status came from. */
export const jobListSource = "PAC job list";

/** Half a million jobs in the long form. A list that goes on for ever must end before it has filled the memory. */
const mostListBytes = 512 * 1024 ** 2;

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
    let bytes = 0;
    for await (const chunk of answer.chunks) {
      bytes += chunk.byteLength;
      if (bytes > mostListBytes)
        throw new WireFormatError("too-large", `The list is longer than ${mostListBytes} bytes.`);
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

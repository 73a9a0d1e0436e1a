import type { IncomingMessage } from "node:http";
import { isScarfError, SchedulerError, TransportError } from "../../errors/index.js";
import { decodeText } from "../../wire/decode-text.js";
import { contextOf, type FailureContext } from "./http-errors.js";
import type { HttpAnswer } from "./http-types.js";
import { isInReadBuffer } from "./large-read-agent.js";

interface AnswerSetup {
  readonly failure: FailureContext;
  readonly explain: (cause: unknown) => Error;
  readonly waiting: () => void;
  readonly resting: () => void;
  readonly finished: (complete: boolean) => void;
}

const defaultTextLimitBytes = 1_048_576;

/** An answer whose body is read as it comes, with back-pressure. */
export class ReceivedAnswer implements HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly sizeBytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #message: IncomingMessage;
  readonly #setup: AnswerSetup;

  constructor(message: IncomingMessage, setup: AnswerSetup) {
    this.#message = message;
    this.#setup = setup;
    this.status = message.statusCode ?? 0;
    this.headers = firstValues(message);
    this.setCookies = message.headersDistinct["set-cookie"] ?? [];
    const length = this.headers["content-length"];
    this.sizeBytes = length !== undefined && /^\d+$/.test(length) ? Number(length) : undefined;
    // Without a listener, a connection that breaks before anybody reads would end the process.
    message.on("error", () => {});
    this.chunks = this.#receive();
  }

  async text(maxBytes = defaultTextLimitBytes): Promise<string> {
    const pieces: Uint8Array[] = [];
    let total = 0;
    for await (const chunk of this.chunks) {
      total += chunk.byteLength;
      if (total > maxBytes) {
        throw new SchedulerError(
          "OUTPUT_UNREADABLE",
          `The answer of ${this.#setup.failure.url.host} is larger than the ${maxBytes} bytes that can be expected.`,
          {
            hint: "Check the address of the resource; something else may answer there.",
            context: contextOf(this.#setup.failure),
          },
        );
      }
      pieces.push(chunk);
    }
    return decodeText(Buffer.concat(pieces));
  }

  discard(): void {
    this.#setup.finished(false);
    this.#message.destroy();
  }

  async *#receive(): AsyncGenerator<Uint8Array, void, undefined> {
    let receivedBytes = 0;
    let complete = false;
    try {
      const pieces: AsyncIterator<Uint8Array> = this.#message[Symbol.asyncIterator]();
      for (;;) {
        this.#setup.waiting();
        const next = await pieces.next();
        this.#setup.resting();
        if (next.done === true) break;
        if (isInReadBuffer(next.value)) throw new Error("this version of Node does not copy what it parses");
        receivedBytes += next.value.byteLength;
        yield next.value;
      }
      if (!this.#message.complete) throw new Error("it was closed in the middle of the answer");
      complete = true;
    } catch (cause) {
      throw this.#explainCut(cause, receivedBytes);
    } finally {
      this.#setup.finished(complete);
      if (!complete) this.#message.destroy();
    }
  }

  #explainCut(cause: unknown, receivedBytes: number): Error {
    const error = this.#setup.explain(cause);
    if (!isScarfError(error) || error.code !== "CONNECTION_LOST") return error;
    const { failure } = this.#setup;
    const of = this.sizeBytes === undefined ? "" : ` of ${this.sizeBytes}`;
    return new TransportError(
      "CONNECTION_LOST",
      `The connection to ${failure.url.host} was lost after ${receivedBytes}${of} bytes of its answer.`,
      {
        hint: "Try again. What has arrived is incomplete and must not be used.",
        context: { ...contextOf(failure), receivedBytes, expectedBytes: this.sizeBytes },
        cause,
      },
    );
  }
}

function firstValues(message: IncomingMessage): Readonly<Record<string, string>> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headersDistinct)) {
    const first = value?.[0];
    if (first !== undefined) values[name] = first;
  }
  return values;
}

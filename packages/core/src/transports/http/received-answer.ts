import type { IncomingMessage } from "node:http";
import { isScarfError, SchedulerError, TransportError } from "../../errors/index.js";
import { decodeText } from "../../wire/decode-text.js";
import { contextOf, type FailureContext } from "./http-errors.js";
import type { HttpAnswer } from "./http-types.js";
import { largeReadsOf } from "./large-read-agent.js";
import { isInReadBuffer, type LargeReads } from "./large-reads.js";

interface AnswerSetup {
  readonly failure: FailureContext;
  readonly explain: (cause: unknown) => Error;
  readonly waiting: () => void;
  readonly resting: () => void;
  readonly finished: (complete: boolean) => void;
}

const defaultTextLimitBytes = 1_048_576;

/** From here on a connection more costs nothing beside the copies that are saved by giving it up to this one body. */
const largeBytes = 8 * 1024 * 1024;

/** An answer whose body is read as it comes, with back-pressure. */
export class ReceivedAnswer implements HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly setCookies: readonly string[];
  readonly sizeBytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly #message: IncomingMessage;
  readonly #setup: AnswerSetup;
  readonly #large: LargeReads | undefined;

  /** To be made within the event `response`: afterwards the connection reads on. */
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
    this.#large = takeOverIfLarge(message, this.sizeBytes);
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
      pieces.push(this.#large === undefined ? chunk : Buffer.from(chunk));
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
      const pieces = this.#large === undefined ? this.#read() : this.#takeOver(this.#large);
      for (;;) {
        this.#setup.waiting();
        const next = await pieces.next();
        this.#setup.resting();
        if (next.done === true) break;
        receivedBytes += next.value.byteLength;
        yield next.value;
      }
      complete = true;
    } catch (cause) {
      throw this.#explainCut(cause, receivedBytes);
    } finally {
      this.#setup.finished(complete && this.#large === undefined);
      if (!complete) this.#message.destroy();
    }
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of this.#message as AsyncIterable<Uint8Array>) {
      if (isInReadBuffer(piece)) throw new Error("this version of Node does not copy what it parses");
      yield piece;
    }
    if (!this.#message.complete) throw new Error("it was closed in the middle of the answer");
  }

  async *#takeOver(large: LargeReads): AsyncGenerator<Uint8Array, void, undefined> {
    // What came together with the head has gone through the parser.
    const first: unknown = this.#message.read();
    const begin = first instanceof Uint8Array ? first : new Uint8Array();
    if (isInReadBuffer(begin)) throw new Error("this version of Node does not copy what it parses");
    if (begin.byteLength > 0) yield begin;
    yield* large.take((this.sizeBytes ?? 0) - begin.byteLength);
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

/** A large body of known size goes past the parser, on plain connections. */
function takeOverIfLarge(message: IncomingMessage, sizeBytes: number | undefined): LargeReads | undefined {
  if (sizeBytes === undefined || sizeBytes < largeBytes || message.headers["transfer-encoding"] !== undefined)
    return undefined;
  const reads = largeReadsOf(message.socket);
  return reads?.takeOver() === true ? reads : undefined;
}

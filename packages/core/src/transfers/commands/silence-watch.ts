import { TransportError } from "../../errors/index.js";

/** Ends a transfer whose other side is silent for too long, as where the server of its file system is away. */
export class SilenceWatch {
  readonly #path: string;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #seconds = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** For the program of the transfer: ends it when the silence was too long, or with the caller's. */
  signalWith(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined
      ? this.#controller.signal
      : AbortSignal.any([signal, this.#controller.signal]);
  }

  /** From now on so many seconds may pass until the next call of this or of `rest`. */
  expectWithin(seconds: number): void {
    clearTimeout(this.#timer);
    this.#seconds = seconds;
    this.#timer = setTimeout(() => this.#controller.abort(), seconds * 1_000);
  }

  /** It is not the other side that is waited for. */
  rest(): void {
    clearTimeout(this.#timer);
  }

  /** What it means that the transfer failed with this. */
  explain(error: unknown): unknown {
    if (!this.#controller.signal.aborted) return error;
    return new TransportError(
      "RESPONSE_TIMEOUT",
      `The transfer of \`${this.#path}\` stood still for ${this.#seconds} s and was ended.`,
      {
        hint: "The file system there may be away. Try again later.",
        context: { path: this.#path, seconds: this.#seconds },
        cause: error,
      },
    );
  }

  /** The same chunks. @param firstSeconds - how long the first may take */
  async *watch(
    chunks: AsyncIterable<Uint8Array>,
    firstSeconds: number,
    seconds: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      this.expectWithin(firstSeconds);
      for await (const chunk of chunks) {
        this.rest(); // as long as the reader takes
        yield chunk;
        this.expectWithin(seconds);
      }
    } catch (error) {
      throw this.explain(error);
    } finally {
      this.rest();
    }
  }
}

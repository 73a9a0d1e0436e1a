import type { IncomingMessage } from "node:http";
import { TransferError } from "scarf-tomo";
import { GatheredBody } from "./gathered-body.js";

/** What a body that comes too slowly is measured by. */
export interface BodyPace {
  readonly slowestBytesPerSecond: number;
  /** So long nothing is expected. @defaultValue 60 */
  readonly graceSeconds?: number;
}

/**
 * A request's body that may be left unread: leaving the loop early does not destroy the connection, so that the client can
 * still be told why. A connection that breaks throws instead of looking like the end of the body, and so does one that is held
 * open by a byte now and then. A piece holds only until the next is asked for.
 */
export async function* readBody(request: IncomingMessage, pace: BodyPace): AsyncGenerator<Uint8Array> {
  const watch = new PaceWatch(request, pace);
  const body = new GatheredBody(request);
  try {
    for (let piece = await body.next(); piece !== undefined; piece = await body.next()) {
      watch.pause(piece.length);
      yield piece;
      watch.resume();
    }
  } catch (cause) {
    throw watch.tooSlow ? slow(cause) : interrupted(cause);
  } finally {
    body.release();
    watch.stop();
  }
  if (!request.complete) throw interrupted(undefined);
}

const looksPerGrace = 6;

/** Counts only the time in which the client was waited for; a slow disk of ours is not its fault. */
class PaceWatch {
  tooSlow = false;
  readonly #timer: NodeJS.Timeout;
  #bytes = 0;
  #waitedMilliseconds = 0;
  #waitingSince: number | undefined = performance.now();

  constructor(
    request: IncomingMessage,
    { slowestBytesPerSecond, graceSeconds = 60 }: BodyPace,
    // The operation may never come to its answer: it waits for this very body.
    onTooSlow = (): void => void request.socket.end(tooSlowAnswer, () => request.destroy()),
  ) {
    this.#timer = setInterval(
      () => {
        const waited = this.#waited() / 1000;
        if (waited < graceSeconds || this.#bytes >= (waited - graceSeconds) * slowestBytesPerSecond) return;
        this.tooSlow = true;
        onTooSlow();
      },
      (graceSeconds * 1000) / looksPerGrace,
    );
    this.#timer.unref();
  }

  pause(bytes: number): void {
    this.#waitedMilliseconds = this.#waited();
    this.#waitingSince = undefined;
    this.#bytes += bytes;
  }

  resume(): void {
    this.#waitingSince = performance.now();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #waited(): number {
    const now = this.#waitingSince === undefined ? 0 : performance.now() - this.#waitingSince;
    return this.#waitedMilliseconds + now;
  }
}

const tooSlowAnswer =
  "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: 30\r\n\r\n" +
  "The request came too slowly.\r\n";

function slow(cause: unknown): TransferError {
  return new TransferError("TRANSFER_INCOMPLETE", "The request came too slowly.", {
    hint: "Send it again over a better connection.",
    cause,
  });
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

export interface DrainLimits extends BodyPace {
  /** Two of the chunks that legacy clients send, which read no answer before they have sent all. @defaultValue 1 GiB */
  readonly mostBytes?: number;
  /** So long one of them takes over a poor line. @defaultValue 600 */
  readonly mostSeconds?: number;
}

/**
 * Reads and drops what is left of a body: a client that is still sending would not see an answer to a closed connection.
 * @returns false: there is more of it than anybody waits for, or it comes too slowly. Then the connection has to be closed.
 */
export async function drain(
  request: IncomingMessage,
  { mostBytes = 1024 ** 3, mostSeconds = 600, ...pace }: DrainLimits,
): Promise<boolean> {
  const { socket } = request;
  if (request.complete || request.destroyed || socket.destroyed) return true;
  let giveUp: () => void = () => undefined;
  const watch = new PaceWatch(request, pace, () => giveUp());
  const timer = setTimeout(() => giveUp(), mostSeconds * 1000);
  timer.unref();
  let drainedBytes = 0;
  const count = (chunk: Buffer): void => {
    watch.pause(chunk.length);
    watch.resume();
    drainedBytes += chunk.length;
    if (drainedBytes > mostBytes) giveUp();
  };
  let end: () => void = () => undefined;
  try {
    return await new Promise<boolean>((resolve) => {
      giveUp = () => resolve(false);
      end = () => resolve(true);
      // Once it is answered, Node no longer tells a request that its connection is gone.
      socket.once("close", end);
      request.once("end", end).once("close", end).once("error", end);
      request.on("data", count);
      request.resume();
    });
  } finally {
    watch.stop();
    clearTimeout(timer);
    socket.off("close", end);
    request.off("data", count);
  }
}

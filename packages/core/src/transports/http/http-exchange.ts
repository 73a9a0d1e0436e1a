import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { isScarfError } from "../../errors/index.js";
import { abortedError, type FailureContext, timeoutError, transportError } from "./http-errors.js";
import type { HttpAnswer, HttpRequest, HttpTimeouts } from "./http-types.js";
import { ReceivedAnswer } from "./received-answer.js";
import { sendBody } from "./send-body.js";
import { Watchdog } from "./watchdog.js";

export interface ExchangeSetup {
  readonly url: URL;
  readonly timeouts: HttpTimeouts;
  /** `http.request` or `https.request` with its agent. */
  readonly open: (options: RequestOptions) => ClientRequest;
  readonly headers: Readonly<Record<string, string>>;
}

/** One request and its answer over one connection: no repetition, no redirect. Every failure is a typed error. */
export async function exchange(request: HttpRequest, setup: ExchangeSetup): Promise<HttpAnswer> {
  if (request.signal?.aborted === true) {
    throw abortedError({ method: request.method, url: setup.url }, request.signal.reason);
  }
  const failure: { -readonly [Key in keyof FailureContext]: FailureContext[Key] } = {
    method: request.method,
    url: setup.url,
    connected: false,
  };
  /** Why we ended it ourselves; what Node then says about it does not matter. */
  let verdict: Error | undefined;
  const outgoing = setup.open({ method: request.method, headers: setup.headers });
  const end = (error: Error): void => {
    verdict ??= error;
    outgoing.destroy(error);
  };
  const watchdog = new Watchdog(setup.timeouts, (waiting, seconds) =>
    end(timeoutError(waiting, seconds, failure)),
  );
  const onAbort = (): void => end(abortedError(failure, request.signal?.reason));
  request.signal?.addEventListener("abort", onAbort, { once: true });
  const finish = (): void => {
    watchdog.stop();
    request.signal?.removeEventListener("abort", onAbort);
  };
  const explain = (cause: unknown): Error =>
    verdict ?? (isScarfError(cause) ? cause : transportError(cause, failure));

  watchdog.wait("connect");
  const receive = (message: IncomingMessage): HttpAnswer =>
    new ReceivedAnswer(message, {
      failure,
      explain,
      waiting: () => watchdog.wait("receive"),
      resting: () => watchdog.pause(),
      finished: (reusable) => {
        finish();
        if (!sentAll || !reusable) outgoing.destroy();
      },
    });
  const incoming = new Promise<HttpAnswer>((resolve, reject) => {
    outgoing.once("response", (message) => resolve(receive(message)));
    // Stays: Node may report a broken connection again after the answer has begun.
    outgoing.on("error", reject);
    outgoing.once("close", () => reject(new Error("it was closed without an answer")));
  });
  let sentAll = false;
  const send = async (): Promise<void> => {
    try {
      await whenConnected(outgoing, setup.url.protocol === "https:");
    } catch {
      // Told by `incoming`.
      return;
    }
    failure.connected = true;
    watchdog.wait("answer");
    try {
      sentAll = await sendBody(outgoing, request.body, { watchdog, onSent: request.onSent });
    } catch (error) {
      // The source failed, not the connection.
      end(error instanceof Error ? error : new Error(String(error)));
    }
  };
  void send();
  try {
    const answer = await incoming;
    watchdog.pause();
    return answer;
  } catch (cause) {
    outgoing.destroy();
    finish();
    throw explain(cause);
  }
}

/** Resolves when bytes can leave: from then on a failure may mean that the other side has got the request. */
function whenConnected(outgoing: ClientRequest, secure: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("close", () => reject(new Error("it was closed")));
    outgoing.once("socket", (socket) => {
      if (outgoing.reusedSocket || !socket.connecting) {
        // A pooled connection has its handshake behind it.
        if (!secure || outgoing.reusedSocket) resolve();
        else socket.once("secureConnect", resolve);
      } else {
        socket.once(secure ? "secureConnect" : "connect", resolve);
      }
    });
  });
}

import type { MessagePort, TransferListItem, Worker } from "node:worker_threads";
import { ReconError } from "../errors/recon-error.js";
import type { ReconErrorRecord } from "../errors/recon-error.js";

/** Requests that a thread answers, by name: what is asked, and what comes back. */
export type Protocol<P> = {
  readonly [K in keyof P]: { readonly request: unknown; readonly response: unknown };
};

interface RequestMessage<P extends Protocol<P>> {
  readonly id: number;
  readonly type: keyof P;
  readonly request: P[keyof P]["request"];
}

interface ReplyMessage {
  readonly id: number;
  readonly result?: unknown;
  readonly problem?: ReconErrorRecord;
  readonly fault?: { readonly message: string; readonly stack: string };
}

interface EventMessage<E> {
  readonly event: E;
}

/** A thread seen from the one that started it: asks, and waits for the answers. Any death of the thread fails what is pending. */
export class RemoteThread<P extends Protocol<P>, E = never> {
  readonly #worker: Worker;
  readonly #pending = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: unknown) => void }
  >();
  #nextId = 0;
  #death: Error | null = null;

  constructor(worker: Worker, onEvent?: (event: E) => void) {
    this.#worker = worker;
    worker.on("message", (message: ReplyMessage | EventMessage<E>) => {
      if ("event" in message) onEvent?.(message.event);
      else this.#settle(message);
    });
    worker.on("error", (error) => this.#die(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", (code) => this.#die(new Error(`A thread ended (code ${code}).`)));
  }

  call<K extends keyof P & string>(
    type: K,
    request: P[K]["request"],
    transfer: readonly TransferListItem[] = [],
  ): Promise<P[K]["response"]> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const id = this.#nextId++;
    return new Promise<P[K]["response"]>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      const message: RequestMessage<P> = { id, type, request };
      this.#worker.postMessage(message, transfer);
    });
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle({ id, result, problem, fault }: ReplyMessage): void {
    const waiting = this.#pending.get(id);
    this.#pending.delete(id);
    if (problem !== undefined) waiting?.reject(ReconError.fromRecord(problem));
    else if (fault !== undefined) {
      const error = new Error(fault.message);
      error.stack = fault.stack;
      waiting?.reject(error);
    } else waiting?.resolve(result);
  }

  #die(error: Error): void {
    this.#death ??= error;
    for (const { reject } of this.#pending.values()) reject(this.#death);
    this.#pending.clear();
  }
}

/** Answers of a thread, one function per request. Values listed by `transfer` move instead of being copied. */
export type Handlers<P extends Protocol<P>> = {
  readonly [K in keyof P]: (
    request: P[K]["request"],
  ) => Promise<{ readonly result: P[K]["response"]; readonly transfer?: readonly TransferListItem[] }>;
};

/** The other side: answers requests as they come. */
export function serve<P extends Protocol<P>>(port: MessagePort, handlers: Handlers<P>): void {
  const answer = async <K extends keyof P>(type: K, request: P[K]["request"]) =>
    await handlers[type](request);
  port.on("message", ({ id, type, request }: RequestMessage<P>) => {
    answer(type, request).then(
      ({ result, transfer }) => port.postMessage({ id, result } satisfies ReplyMessage, transfer ?? []),
      (error: unknown) => port.postMessage(toFailure(id, error)),
    );
  });
}

function toFailure(id: number, error: unknown): ReplyMessage {
  if (error instanceof ReconError) return { id, problem: error.toJSON() };
  const cause = error instanceof Error ? error : new Error(String(error));
  return { id, fault: { message: cause.message, stack: cause.stack ?? cause.message } };
}

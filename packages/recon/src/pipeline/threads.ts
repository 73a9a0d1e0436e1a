import { Worker } from "node:worker_threads";
import type { ComputeProtocol } from "./compute-thread.js";
import type { ReaderEvent, ReaderProtocol } from "./reader-thread.js";
import { RemoteThread } from "./thread-call.js";
import type { WriterProtocol } from "./writer-thread.js";

/**
 * Young objects of a thread are collected at this size. The default lets each thread keep some 50 MiB of garbage before it looks, which would be the
 * greater part of a small job's memory; the arrays that matter are not on that heap.
 */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 4 };

function startThread(file: string): Worker {
  return new Worker(new URL(file, import.meta.url), { resourceLimits: RESOURCE_LIMITS });
}

/** The threads of one reconstruction, so that all of them can be ended together. */
export class Threads {
  readonly #all: { terminate(): Promise<void> }[] = [];

  startReader(onEvent: (event: ReaderEvent) => void): RemoteThread<ReaderProtocol, ReaderEvent> {
    const worker = startThread("./reader-thread.js");
    return this.#keep(new RemoteThread<ReaderProtocol, ReaderEvent>(worker, onEvent));
  }

  startCompute(): RemoteThread<ComputeProtocol> {
    return this.#keep(new RemoteThread<ComputeProtocol>(startThread("./compute-thread.js")));
  }

  startWriter(): RemoteThread<WriterProtocol> {
    return this.#keep(new RemoteThread<WriterProtocol>(startThread("./writer-thread.js")));
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((thread) => thread.terminate()));
  }

  #keep<T extends { terminate(): Promise<void> }>(thread: T): T {
    this.#all.push(thread);
    return thread;
  }
}

import { Worker } from "node:worker_threads";
import type { ComputeProtocol } from "./compute-thread.js";
import type { ReaderEvent, ReaderProtocol } from "./reader-thread.js";
import { RemoteThread } from "./thread-call.js";
import type { WriterProtocol } from "./writer-thread.js";

/** The threads of one reconstruction, so that all of them can be ended together. */
export class Threads {
  readonly #all: { terminate(): Promise<void> }[] = [];

  startReader(onEvent: (event: ReaderEvent) => void): RemoteThread<ReaderProtocol, ReaderEvent> {
    const worker = new Worker(new URL("./reader-thread.js", import.meta.url));
    return this.#keep(new RemoteThread<ReaderProtocol, ReaderEvent>(worker, onEvent));
  }

  startCompute(): RemoteThread<ComputeProtocol> {
    return this.#keep(
      new RemoteThread<ComputeProtocol>(new Worker(new URL("./compute-thread.js", import.meta.url))),
    );
  }

  startWriter(): RemoteThread<WriterProtocol> {
    return this.#keep(
      new RemoteThread<WriterProtocol>(new Worker(new URL("./writer-thread.js", import.meta.url))),
    );
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((thread) => thread.terminate()));
  }

  #keep<T extends { terminate(): Promise<void> }>(thread: T): T {
    this.#all.push(thread);
    return thread;
  }
}

import type { JobId } from "../model/index.js";
import type { Session } from "../resources/compute-resource.js";
import { findOutputPath, followOutput } from "../watch/index.js";

/** How many of a job's last lines a message about its failure can show. */
const keptLines = 20;

/** Reads what a job prints, line by line, beside the watching of its state. It never fails: without output there is just less to tell. */
export class JobOutput {
  readonly #session: Session;
  readonly #jobId: JobId;
  readonly #onLine: (line: string) => void;
  readonly #end = new AbortController();
  readonly #last: string[] = [];
  #reading: Promise<void> | undefined;

  constructor(session: Session, jobId: JobId, onLine: (line: string) => void) {
    this.#session = session;
    this.#jobId = jobId;
    this.#onLine = onLine;
  }

  /** Begins to read; further calls do nothing. */
  start(): void {
    this.#reading ??= this.#read().catch(() => undefined);
  }

  /** Waits until the output of an ended job has been read, at most so long. */
  async finish(atMostSeconds: number): Promise<void> {
    this.start();
    const timer = setTimeout(() => this.stop(), atMostSeconds * 1000);
    await this.#reading;
    clearTimeout(timer);
  }

  stop(): void {
    this.#end.abort();
  }

  get lastLines(): readonly string[] {
    return this.#last;
  }

  async #read(): Promise<void> {
    const path = await findOutputPath(this.#session, this.#jobId);
    const decoder = new TextDecoder();
    let rest = "";
    for await (const chunk of followOutput(this.#session, this.#jobId, path, { signal: this.#end.signal })) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split(/\r\n|\n|\r/);
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(line);
    }
    if (rest !== "") this.#take(rest);
  }

  #take(line: string): void {
    this.#last.push(line);
    if (this.#last.length > keptLines) this.#last.shift();
    this.#onLine(line);
  }
}

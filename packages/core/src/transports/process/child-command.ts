import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import { AbortedError, TransportError } from "../../errors/index.js";
import type { RunOptions } from "../command-transport.js";

/** How a child process ended. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last of what it wrote there. */
  readonly stderr: Buffer;
}

/** What is kept of stderr: errors stand at its end. */
const keptBytes = 64 * 1024;

/** A program that runs as a child of this one, in a process group of its own. */
export class ChildCommand {
  readonly stdout: Readable;
  /** Resolves when it has ended and all its output has been read, or nobody will read it. Never rejects. */
  readonly closed: Promise<ChildEnd>;
  /** Why it was stopped, if it was. */
  failure: Error | undefined;
  readonly #child: ChildProcessWithoutNullStreams;
  #isClosed = false;

  private constructor(child: ChildProcessWithoutNullStreams) {
    this.#child = child;
    // At the end of a process Node throws away what nobody has begun to read.
    this.stdout = child.stdout.pipe(new PassThrough());
    let stderr: Buffer = Buffer.alloc(0);
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = Buffer.concat([stderr, chunk]);
      if (stderr.length > 2 * keptBytes) stderr = stderr.subarray(-keptBytes);
    });
    // A pipe that the program does not read to its end is its own affair.
    child.stdin.on("error", () => {});
    this.closed = new Promise((resolve) => {
      child.once("close", (exitCode, signal) => {
        this.#isClosed = true;
        resolve({ exitCode, signal, stderr: stderr.subarray(-keptBytes) });
      });
    });
  }

  /** Resolves once the program has been executed. @throws the system's error (`code` ENOENT, EACCES …) when it can't be. */
  static async start(
    [program, ...args]: readonly [string, ...string[]],
    { env, cwd }: { readonly env: NodeJS.ProcessEnv; readonly cwd?: string },
  ): Promise<ChildCommand> {
    const child = spawn(program, args, { env, detached: true, ...(cwd !== undefined && { cwd }) });
    await once(child, "spawn"); // rejects with the 'error' event
    return new ChildCommand(child);
  }

  /** Gives it what it is to read; an input that fails stops it. */
  feed(stdin: RunOptions["stdin"]): void {
    if (stdin === undefined || typeof stdin === "string" || stdin instanceof Uint8Array) {
      this.#child.stdin.end(stdin ?? "");
      return;
    }
    void this.#pass(stdin[Symbol.asyncIterator]());
  }

  /** A piece may lie in a buffer that is used again: the next is asked for only when it has been written. */
  async #pass(source: AsyncIterator<Uint8Array>): Promise<void> {
    const { stdin } = this.#child;
    // The program's end closes the pipe under the source, which then has nobody to give to.
    const gone = new Promise<"gone">((resolve) => stdin.once("close", () => resolve("gone")));
    try {
      for (;;) {
        const next = await Promise.race([source.next(), gone]);
        if (next === "gone") break;
        if (next.done === true) {
          stdin.end();
          return;
        }
        await Promise.race([new Promise((resolve) => stdin.write(next.value, resolve)), gone]);
      }
    } catch (error) {
      this.stop(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    await source.return?.().catch(() => undefined);
  }

  /** Ends the program and what it has started: politely, and after two seconds for certain. The first reason counts. */
  stop(reason: Error): void {
    this.failure ??= reason;
    this.#signal("SIGTERM");
    const timer = setTimeout(() => {
      this.#signal("SIGKILL");
      // What left the group may hold it open for ever.
      this.#child.stderr.destroy();
    }, 2000);
    timer.unref();
    void this.closed.then(() => clearTimeout(timer));
    this.#child.stdout.destroy();
    this.stdout.destroy();
  }

  /** Its output. Whoever stops reading before the end stops the program. */
  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    let isDone = false;
    try {
      for await (const chunk of this.stdout) yield asBytes(chunk);
      isDone = true;
    } catch (error) {
      throw this.failure ?? error;
    } finally {
      if (!isDone) this.stop(new AbortedError("ABORTED", "Nobody reads its output any more."));
    }
  }

  /** To the group: it may outlive the program, as long as somebody of it holds the outputs. */
  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined || this.#isClosed) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // It has ended just now, or it became another user's: then the closed pipe has to do.
    }
  }
}

function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  throw new TypeError("A pipe gave something else than bytes");
}

/**
 * Calls `stop` when the caller's signal comes or the time is over.
 * @returns what ends the watch; call it in any case.
 */
export function watchLimits(
  { signal, timeoutSeconds }: Pick<RunOptions, "signal" | "timeoutSeconds">,
  what: string,
  stop: (reason: Error) => void,
): () => void {
  const abort = (): void =>
    stop(new AbortedError("ABORTED", "Stopped on request.", { cause: signal?.reason }));
  if (signal?.aborted === true) abort();
  else signal?.addEventListener("abort", abort, { once: true });
  const timer =
    timeoutSeconds === undefined
      ? undefined
      : setTimeout(() => stop(tooLong(what, timeoutSeconds)), timeoutSeconds * 1000);
  return () => {
    signal?.removeEventListener("abort", abort);
    clearTimeout(timer);
  };
}

function tooLong(what: string, timeoutSeconds: number): TransportError {
  return new TransportError("RESPONSE_TIMEOUT", `${what} did not end within ${timeoutSeconds} s.`, {
    hint: "What it was to do may have been done nevertheless. Look before you do it again.",
    context: { timeoutSeconds },
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { environment } from "./programs.js";

/** Ended with this process, however it ends. */
const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGTERM");
});

/** For programs that are started elsewhere. */
export function endWithUs(child: ChildProcess): void {
  running.add(child);
  child.once("exit", () => running.delete(child));
}

/** What a process did from its start to its end. */
export interface Ran {
  readonly output: string;
  readonly seconds: number;
}

/** Runs a program to its end. @throws {Error} it failed: what it said is in the message. */
export async function runProcess(command: string, args: readonly string[]): Promise<Ran> {
  const begun = performance.now();
  const child = spawn(command, args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  endWithUs(child);
  const [output, complaint] = [collect(child.stdout), collect(child.stderr)];
  await once(child, "close");
  const seconds = (performance.now() - begun) / 1000;
  if (child.exitCode !== 0) {
    const ended = child.exitCode === null ? `by ${child.signalCode}` : `with ${child.exitCode}`;
    throw new Error(`${command} ${args.slice(0, 3).join(" ")} … ended ${ended}: ${complaint().slice(-2000)}`);
  }
  return { output: output(), seconds };
}

/** A process that stays until it is disposed of. */
export interface Served extends AsyncDisposable {
  readonly pid: number;
  /** The first line that it printed. */
  readonly firstLine: string;
}

/** Starts a server and waits for its first line, which tells that it listens. */
export async function serveProcess(command: string, args: readonly string[]): Promise<Served> {
  const child = spawn(command, args, { env: environment(), stdio: ["ignore", "pipe", "pipe"] });
  endWithUs(child);
  const complaint = collect(child.stderr);
  const firstLine = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      if (text.includes("\n")) resolve(text.slice(0, text.indexOf("\n")));
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`${args[0]} ended at once: ${complaint().slice(-2000)}`)));
  });
  return {
    pid: child.pid ?? 0,
    firstLine,
    [Symbol.asyncDispose]: () => endProcess(child),
  };
}

export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(timer);
}

function collect(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}

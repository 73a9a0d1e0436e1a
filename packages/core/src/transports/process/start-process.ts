import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

export interface StartOptions {
  readonly cwd: string;
  /** The whole environment; nothing of this process's own is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** File descriptors of this process that become the child's; `null` is `/dev/null`. */
  readonly stdin: number | null;
  readonly stdout: number | null;
  readonly stderr: number | null;
}

/**
 * Starts a program in a session and process group of its own: it outlives this process, and its group can be
 * signalled as one. Resolves once the program has been executed.
 * @throws the system's error (`code` ENOENT, EACCES, ENOEXEC …) when it can't be executed.
 */
export async function startProcess(argv: readonly string[], options: StartOptions): Promise<ChildProcess> {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: options.env,
    detached: true,
    stdio: [options.stdin ?? "ignore", options.stdout ?? "ignore", options.stderr ?? "ignore"],
  });
  await once(child, "spawn"); // rejects with the 'error' event
  return child;
}

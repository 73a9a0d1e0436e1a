import { createHash } from "node:crypto";
import { mkdir, realpath } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { ConfigError } from "scarf-tomo";

/**
 * Makes sure that one gateway at a time works on a state directory: each keeps things in memory that another would
 * contradict. The lock is a name in Linux's abstract socket space, which the kernel frees with its process, however
 * that ended; other systems have no such thing, and there the operator is trusted.
 *
 * @returns Frees the lock.
 * @throws {ConfigError} `CONFIG_INVALID`: another gateway has it.
 */
export async function lockState(stateDirectory: string): Promise<() => Promise<void>> {
  await mkdir(stateDirectory, { recursive: true, mode: 0o700 });
  if (process.platform !== "linux") return () => Promise.resolve();
  const server = createServer((socket) => socket.destroy());
  const name = await getLockName(stateDirectory);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ConfigError(
          "CONFIG_INVALID",
          `Another gateway is running on the state directory ${stateDirectory}.`,
          {
            hint: "Stop that one, or give this one a state directory of its own.",
            cause,
          },
        ),
      );
    });
    server.listen(name, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}

/** Whether a gateway runs on it; false where that can't be told. */
export async function isStateLocked(stateDirectory: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const name = await getLockName(stateDirectory).catch(() => undefined);
  if (name === undefined) return false;
  return new Promise((resolve) => {
    const socket = connect(name);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function getLockName(stateDirectory: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await realpath(stateDirectory))
    .digest("hex");
  return `\0scarf-gateway-${hash}`;
}

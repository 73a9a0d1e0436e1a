import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, watch } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigError, TransportError } from "../../errors/index.js";
import { orAborted, throwIfAborted } from "../abort.js";
import { AskpassServer } from "./askpass-server.js";
import { explainSshFailure } from "./explain-ssh-failure.js";
import { describeTarget, masterArguments } from "./ssh-arguments.js";
import type { SshOptions } from "./ssh-options.js";

/** The one connection to a machine, logged in, over which programs run. It ends with this process, however that ends. */
export class SshMaster {
  readonly controlPath: string;
  /** Resolves when the connection has gone, with what ssh said. */
  readonly lost: Promise<string>;
  readonly #directory: string;
  readonly #child: ChildProcess;
  readonly #keeper: ChildProcess;
  #stderr = "";
  #isAlive = true;

  private constructor(directory: string, child: ChildProcess) {
    this.#directory = directory;
    this.controlPath = getControlPath(directory);
    this.#child = child;
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-16_384);
    });
    // Waits for the end of its input, which is the end of this process, and then ends ssh.
    const script = 'read -r _; kill -s TERM -- "-$1"; rm -rf "$2"';
    this.#keeper = spawn("/bin/sh", ["-c", script, "sh", String(child.pid), directory], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.#keeper.once("error", () => {});
    this.#keeper.stdin?.on("error", () => {});
    this.lost = new Promise((resolve) => {
      child.once("exit", () => {
        // A helper that still waits for an answer, and a connection to a machine on the way, hold its output open.
        this.#end();
        this.#isAlive = false;
        // The number of ssh's process may soon be another's.
        this.#keeper.kill("SIGKILL");
      });
      child.once("close", () => {
        void rm(this.#directory, { recursive: true, force: true }).then(() => resolve(this.#stderr));
      });
    });
  }

  get isAlive(): boolean {
    return this.#isAlive;
  }

  /**
   * Logs in. @throws {AuthError} `AUTH_FAILED`. @throws {TransportError} `CONNECTION_FAILED`, `HOST_KEY_MISMATCH`, `HOST_KEY_UNKNOWN`.
   * @throws {ConfigError} `CONFIG_INVALID`: of ssh. @throws {AbortedError} `ABORTED`. @throws what the questioner throws.
   */
  static async connect(options: SshOptions, signal?: AbortSignal): Promise<SshMaster> {
    throwIfAborted(signal);
    const directory = await makePrivateDirectory();
    const target = describeTarget(options);
    let refusal: Error | undefined;
    let master: SshMaster | undefined;
    const end = (reason: Error): void => {
      refusal ??= reason;
      void master?.close();
    };
    const askpass =
      options.questioner && (await AskpassServer.open(directory, options.questioner, target, end));
    // Nobody is asked, so it can't take long.
    const { connectTimeoutSeconds = 30 } = options;
    const timer =
      askpass === undefined
        ? setTimeout(() => end(tooSlow(target, 2 * connectTimeoutSeconds)), 2 * connectTimeoutSeconds * 1000)
        : undefined;
    try {
      const child = await start(options, directory, askpass?.environment);
      master = new SshMaster(directory, child);
      if (refusal !== undefined) await master.close();
      const isUp = await orAborted(master.#waitUntilUp(), signal);
      if (refusal !== undefined) throw refusal;
      if (!isUp) throw explainSshFailure(target, await master.lost);
      return master;
    } catch (error) {
      await master?.close();
      await rm(directory, { recursive: true, force: true });
      throw refusal ?? error;
    } finally {
      clearTimeout(timer);
      await askpass?.close();
    }
  }

  /** Ends the connection, and with it the programs that run over it. */
  async close(): Promise<void> {
    this.#end();
    await this.lost;
  }

  /** With the helpers that ask for it, and the connections to machines on the way. */
  #end(): void {
    const { pid } = this.#child;
    if (pid === undefined || !this.#isAlive) return;
    try {
      process.kill(-pid, "SIGTERM");
    } catch {
      // It has ended just now.
    }
  }

  /** ssh makes its socket when the log-in is done. False = it has ended without. */
  async #waitUntilUp(): Promise<boolean> {
    const watcher = watch(this.#directory);
    try {
      const appeared = new Promise<boolean>((resolve) => {
        const look = (): void => {
          if (existsSync(this.controlPath)) resolve(true);
        };
        watcher.on("change", look);
        look();
      });
      return await Promise.race([appeared, this.lost.then(() => false)]);
    } finally {
      watcher.close();
    }
  }
}

/** A directory of this user alone; its path is short, as that of a socket has no more than 107 bytes, of which ssh needs 17 for itself. */
async function makePrivateDirectory(): Promise<string> {
  const parent = [process.env["XDG_RUNTIME_DIR"] ?? "", tmpdir(), "/tmp"].find(
    (path) => path !== "" && Buffer.byteLength(path) < 60 && existsSync(path),
  );
  return mkdtemp(join(parent ?? "/tmp", "scarf-ssh-"));
}

function getControlPath(directory: string): string {
  return join(directory, "c");
}

async function start(
  options: SshOptions,
  directory: string,
  askpass: Readonly<Record<string, string>> = { SSH_ASKPASS_REQUIRE: "never" },
): Promise<ChildProcess> {
  const program = options.program ?? "ssh";
  // Messages of the system come in words that we know. A session of its own: it has no terminal that it could ask at.
  const child = spawn(program, masterArguments(options, getControlPath(directory)), {
    env: { ...process.env, LC_ALL: "C", ...askpass },
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  try {
    await once(child, "spawn");
  } catch (cause) {
    throw new ConfigError("CONFIG_INVALID", `The program ${program} can't be started.`, {
      hint: "Install OpenSSH's client (Debian: openssh-client).",
      context: { program },
      cause,
    });
  }
  return child;
}

function tooSlow(target: string, seconds: number): TransportError {
  return new TransportError("CONNECTION_FAILED", `${target} did not finish the log-in within ${seconds} s.`, {
    hint: "The machine may be overloaded. Try again later.",
    context: { host: target, reason: "ETIMEDOUT" },
  });
}

import { randomBytes } from "node:crypto";
import { AbortedError, type ScarfError, TransportError } from "../../errors/index.js";
import { orAborted } from "../abort.js";
import { collectOutput } from "../collect-output.js";
import type { CommandOutput, CommandStream, CommandTransport, RunOptions } from "../command-transport.js";
import { ChildCommand, watchLimits } from "../process/child-command.js";
import { findBeginning, parseRemoteEnd, renderRemoteCommand } from "./remote-script.js";
import { SessionGate } from "./session-gate.js";
import { describeTarget, sessionArguments } from "./ssh-arguments.js";
import { SshMaster } from "./ssh-master.js";
import type { SshOptions } from "./ssh-options.js";

/** What start-up files of a shell may write before the program begins. */
const maxNoiseBytes = 1024 * 1024;

/**
 * Programs on a machine that OpenSSH reaches: one connection for one user and machine, made by the first call and made anew when it was lost,
 * over which each program has a session of its own.
 */
export class SshCommands implements CommandTransport {
  readonly description: string;
  readonly #options: SshOptions;
  readonly #gate: SessionGate;
  #master: Promise<SshMaster> | undefined;
  readonly #closing = new AbortController();

  constructor(options: SshOptions) {
    this.#options = options;
    this.description = describeTarget(options);
    this.#gate = new SessionGate(options.maxSessions ?? 8);
  }

  /** Logs in now, if it is not yet, and tells what is wrong. @throws as `SshMaster.connect`. */
  async connect(signal?: AbortSignal): Promise<void> {
    await this.#connected(signal);
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<CommandOutput> {
    return collectOutput(await this.stream(argv, options), argv[0], options.maxOutputBytes);
  }

  async stream(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<CommandStream> {
    const mark = randomBytes(12).toString("hex");
    const line = renderRemoteCommand(argv, mark, options.environment, options.withoutVariables);
    for (let triesWithout = 0; triesWithout < 3;) {
      const session = await this.#begin({ program: argv[0], mark, line }, options);
      if (typeof session !== "string") return session;
      if (session === "gone") triesWithout += 1;
    }
    throw new TransportError(
      "CONNECTION_FAILED",
      `The connection to ${this.description} went again and again.`,
      {
        hint: "Try again later.",
        context: { host: this.description, program: argv[0], reason: "ECONNRESET" },
      },
    );
  }

  async close(): Promise<void> {
    const master = this.#master;
    // A log-in may wait for somebody's answer.
    this.#closing.abort();
    await master?.then(
      (one) => one.close(),
      () => {},
    );
  }

  /**
   * One try. Nothing was run if it is `refused`: the machine had no room for one more beside those that run; or `gone`: the connection had
   * ended before it was asked.
   */
  async #begin(call: Call, options: RunOptions): Promise<CommandStream | "refused" | "gone"> {
    await this.#takeTurn(call, options);
    let master: SshMaster;
    let child: ChildCommand;
    try {
      master = await this.#connected(options.signal);
      const argv = [
        this.#options.program ?? "ssh",
        ...sessionArguments(master.controlPath, call.line),
      ] as const;
      child = await ChildCommand.start(argv, { env: { ...process.env, LC_ALL: "C" } });
    } catch (error) {
      this.#gate.leave();
      throw error;
    }
    let pid: number | undefined;
    const stop = (reason: Error): void => {
      child.failure ??= reason;
      // Its own end would not end the program, as long as that writes nothing.
      void this.#endRemotely(master, pid).finally(() => child.stop(reason));
    };
    const unwatch = watchLimits(options, call.program, stop);
    const ended = child.closed.then((end) => {
      unwatch();
      if (child.failure !== undefined) throw child.failure;
      const { exitCode, stderr } = parseRemoteEnd(end.stderr, call.mark);
      if (exitCode === undefined)
        throw this.#explainLoss(call, stderr, master, pid === undefined, end.exitCode);
      return { exitCode, stderr };
    });
    ended.catch(() => {}); // whoever only reads the output need not ask
    const beginning = await readBeginning(child, call.mark);
    if (beginning === undefined) {
      const stderr = (await child.closed).stderr.toString("latin1");
      const isRefused = child.failure === undefined && refusal.test(stderr);
      if (isRefused && this.#gate.inside > 1) {
        this.#gate.shrink();
        return "refused";
      }
      this.#gate.leave();
      if (
        child.failure === undefined &&
        !isRefused &&
        ownConnection.test(stderr) &&
        !stderr.includes(call.mark)
      ) {
        await master.close();
        return "gone";
      }
      await ended;
      throw new Error("A program that never began has ended");
    }
    ({ pid } = beginning);
    void child.closed.then(() => this.#gate.leave());
    child.feed(options.stdin);
    return { stdout: readRest(child, beginning.rest, stop), ended };
  }

  /** @throws {TransportError} `CONNECTION_FAILED`: all sessions were taken for as long as the program may take. */
  async #takeTurn({ program }: Call, { signal, timeoutSeconds }: RunOptions): Promise<void> {
    const turn = this.#gate.enter();
    const late = new AbortController();
    const timer =
      timeoutSeconds === undefined ? undefined : setTimeout(() => late.abort(), timeoutSeconds * 1000);
    const signals = signal === undefined ? [late.signal] : [signal, late.signal];
    try {
      await orAborted(turn, AbortSignal.any(signals));
    } catch (error) {
      // Its turn comes all the same.
      void turn.then(() => this.#gate.leave());
      if (!late.signal.aborted || signal?.aborted === true) throw error;
      throw new TransportError(
        "CONNECTION_FAILED",
        `${program} was not started on ${this.description}: other programs took all sessions of the connection for ${timeoutSeconds} s.`,
        {
          hint: "Wait until transfers have ended, then try again.",
          context: { host: this.description, program, timeoutSeconds, reason: "no session free" },
        },
      );
    } finally {
      clearTimeout(timer);
    }
  }

  async #connected(signal: AbortSignal | undefined): Promise<SshMaster> {
    const known = this.#master;
    if (known !== undefined && (await orAborted(known, signal)).isAlive) return known;
    // Someone else may have begun a new one meanwhile.
    if (this.#master === known || this.#master === undefined) {
      const made = SshMaster.connect(this.#options, this.#closing.signal);
      this.#master = made;
      made.catch(() => {
        if (this.#master === made) this.#master = undefined;
      });
    }
    return orAborted(this.#master, signal);
  }

  /** Ends the processes of a session. What goes wrong is the connection's, and seen there. */
  async #endRemotely(master: SshMaster, pid: number | undefined): Promise<void> {
    if (pid === undefined || !Number.isSafeInteger(pid) || pid < 2 || !master.isAlive) return;
    const line = `kill -s TERM -- -${pid}`;
    const argv = [this.#options.program ?? "ssh", ...sessionArguments(master.controlPath, line)] as const;
    try {
      const child = await ChildCommand.start(argv, { env: process.env });
      child.feed("");
      const timer = setTimeout(() => child.stop(new Error("too slow")), 3000);
      child.stdout.resume();
      await child.closed;
      clearTimeout(timer);
    } catch {
      // ssh can't be started any more.
    }
  }

  /** @param exitCode - of ssh: 255 where the shell there did not tell its own. */
  #explainLoss(
    { program }: Call,
    stderr: string,
    master: SshMaster,
    isUnbegun: boolean,
    exitCode: number | null,
  ): ScarfError {
    const context = { host: this.description, program, stderr: stderr.slice(-2000) };
    if (isUnbegun && refusal.test(stderr))
      return new TransportError(
        "CONNECTION_FAILED",
        `${this.description} allows no program over the connection.`,
        {
          hint: "Other programs may take all of its sessions, or your account there may only transfer files. Ask those who run it.",
          context: { ...context, reason: "session refused" },
        },
      );
    // All that a shell wrote comes before its exit code, so that the mark did not get lost.
    if (isUnbegun && exitCode !== null && exitCode !== 255)
      return new TransportError(
        "CONNECTION_FAILED",
        `${this.description} did not run ${program}: its log-in shell ended before.`,
        {
          hint: `Try: ssh ${this.description.replace(/:\d+$/, "")} true. ${stderr.trim().split("\n").at(-1) ?? ""}`.trim(),
          context: { ...context, reason: "no shell" },
        },
      );
    return new TransportError(
      "CONNECTION_LOST",
      master.isAlive
        ? `${program} on ${this.description} was ended before it could tell how it went.`
        : `The connection to ${this.description} was lost while ${program} ran.`,
      { hint: "What it was to do may have been done. Look before you do it again.", context },
    );
  }
}

/** What ssh (9.2) says when the machine refuses a session of the connection. */
const refusal = /session request failed|Session open refused/;
/**
 * All that it says when there was no connection to share, and it tried its own, for which it was given a proxy that is none. If it lost the
 * shared one while it waited for its session, it says so before (`mux_client_…`), and then the program may have begun.
 */
const ownConnection = /^kex_exchange_identification: [^\n]*\s*$/;

interface Call {
  readonly program: string;
  readonly mark: string;
  readonly line: string;
}

/** Undefined: the output ended, or grew without end, before the program's own began. */
async function readBeginning(
  child: ChildCommand,
  mark: string,
): Promise<{ readonly pid: number; readonly rest: Buffer } | undefined> {
  let seen: Buffer = Buffer.alloc(0);
  return new Promise((resolve) => {
    const { stdout } = child;
    const look = (chunk: Buffer): void => {
      seen = Buffer.concat([seen, chunk]);
      const beginning = findBeginning(seen, mark);
      if (beginning === undefined && seen.length <= maxNoiseBytes) return;
      stdout.pause().off("data", look).off("close", end);
      if (beginning === undefined) {
        child.stop(new TransportError("CONNECTION_FAILED", "The log-in shell writes without end."));
        resolve(undefined);
        return;
      }
      resolve({ pid: beginning.pid, rest: seen.subarray(beginning.offset) });
    };
    const end = (): void => resolve(undefined);
    stdout.on("data", look).once("close", end);
  });
}

async function* readRest(
  child: ChildCommand,
  first: Buffer,
  stop: (reason: Error) => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  let isDone = false;
  try {
    if (first.length > 0) yield first;
    for await (const chunk of child.stdout) if (chunk instanceof Uint8Array) yield chunk;
    isDone = true;
  } catch (error) {
    throw child.failure ?? error;
  } finally {
    if (!isDone) stop(new AbortedError("ABORTED", "Nobody reads its output any more."));
  }
}

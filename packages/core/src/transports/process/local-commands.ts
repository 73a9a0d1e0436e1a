import { constants, homedir } from "node:os";
import { ConfigError, TransportError } from "../../errors/index.js";
import { throwIfAborted } from "../abort.js";
import { collectOutput } from "../collect-output.js";
import type { CommandOutput, CommandStream, CommandTransport, RunOptions } from "../command-transport.js";
import { type ChildEnd, ChildCommand, watchLimits } from "./child-command.js";

/** How programs of this machine are run. */
export interface LocalCommandsOptions {
  /**
   * Another user of this machine, for whom they run, with that user's groups, environment and home directory. Only root can do that.
   * @defaultValue who runs this program
   */
  readonly asUser?: string;
  /** Where they start. @defaultValue the user's home directory, as over ssh */
  readonly directory?: string;
}

/** Programs of this machine, without a shell. */
export class LocalCommands implements CommandTransport {
  readonly description: string;
  readonly #options: LocalCommandsOptions;
  readonly #running = new Set<ChildCommand>();

  constructor(options: LocalCommandsOptions = {}) {
    this.#options = options;
    this.description = options.asUser === undefined ? "this machine" : `${options.asUser} on this machine`;
  }

  async run(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<CommandOutput> {
    return collectOutput(await this.stream(argv, options), argv[0], options.maxOutputBytes);
  }

  async stream(argv: readonly [string, ...string[]], options: RunOptions = {}): Promise<CommandStream> {
    throwIfAborted(options.signal);
    const child = await this.#start(argv, options);
    if (!(child instanceof ChildCommand)) return child;
    this.#running.add(child);
    const unwatch = watchLimits(options, argv[0], (reason) => child.stop(reason));
    child.feed(options.stdin);
    const ended = child.closed.then((end) => {
      unwatch();
      this.#running.delete(child);
      if (child.failure !== undefined) throw child.failure;
      return toOutput(end);
    });
    ended.catch(() => {}); // whoever only reads the output need not ask
    return { stdout: child.read(), ended };
  }

  async close(): Promise<void> {
    const running = [...this.#running];
    for (const child of running)
      child.stop(
        new TransportError("CONNECTION_LOST", "The program was ended, because what it ran for was closed."),
      );
    await Promise.all(running.map(({ closed }) => closed));
  }

  async #start(
    argv: readonly [string, ...string[]],
    { environment, withoutVariables = [] }: RunOptions,
  ): Promise<ChildCommand | CommandStream> {
    const { asUser } = this.#options;
    const prepared = asUser === undefined ? argv : await this.#changeUser(asUser, argv, environment);
    const cwd = this.#options.directory ?? (asUser === undefined ? homedir() : "/");
    const own = Object.entries(process.env).filter(([name]) => !withoutVariables.includes(name));
    try {
      return await ChildCommand.start(prepared, { env: { ...Object.fromEntries(own), ...environment }, cwd });
    } catch (cause) {
      const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
      // What a shell would say of it, so that callers see the same here as over ssh.
      if (code === "ENOENT") return notStarted(127, `${prepared[0]}: command not found`);
      if (code === "EACCES" || code === "ENOEXEC") return notStarted(126, `${prepared[0]}: cannot execute`);
      throw new TransportError("CONNECTION_FAILED", `${prepared[0]} could not be started (${code}).`, {
        hint: "This machine may have too many processes, or the arguments are too long.",
        context: { program: prepared[0], reason: code },
        cause,
      });
    }
  }

  /** `setpriv` knows a user's groups; `env` and `cd` come after it, as the environment is made anew. */
  async #changeUser(
    user: string,
    argv: readonly [string, ...string[]],
    environment: RunOptions["environment"] = {},
  ): Promise<readonly [string, ...string[]]> {
    const { stdout, exitCode } = await new LocalCommands({ directory: "/" }).run(["id", "-g", "--", user]);
    if (exitCode !== 0)
      throw new ConfigError("CONFIG_INVALID", `This machine has no user ${JSON.stringify(user)}.`, {
        hint: "Check the name; programs can run only for users that the machine knows.",
        context: { user },
      });
    const change = ["--reuid", user, "--regid", stdout.trim(), "--init-groups", "--reset-env", "--"];
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    const goHome = this.#options.directory === undefined ? 'cd "$HOME" && exec "$@"' : 'exec "$@"';
    return ["setpriv", ...change, "env", ...variables, "sh", "-c", goHome, "sh", ...argv];
  }
}

function toOutput({ exitCode, signal, stderr }: ChildEnd): Omit<CommandOutput, "stdout"> {
  const text = stderr.toString("utf8");
  if (signal === null) return { exitCode: exitCode ?? 0, stderr: text };
  return { exitCode: 128 + constants.signals[signal], signal, stderr: text };
}

function notStarted(exitCode: number, stderr: string): CommandStream {
  async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
  return { stdout: nothing(), ended: Promise.resolve({ exitCode, stderr: `${stderr}\n` }) };
}

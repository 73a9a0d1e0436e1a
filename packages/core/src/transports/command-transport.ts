/** What a program on the other machine has said, and how it ended. */
export interface CommandOutput {
  /** The program's own. A program that a signal ended has 128 + the signal's number here, and `signal`. */
  readonly exitCode: number;
  /** `SIGKILL`, `SIGTERM` … where a signal ended it, and not the program itself. */
  readonly signal?: string;
  /** UTF-8; what is none in it has become U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
}

/** How one program is run. */
export interface RunOptions {
  /** What it reads; nothing by default, never this program's own input. */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /** Added to the environment that the machine gives its users. Whoever may look at processes there can read it: no secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that the program does not get, although the machine gives them to its users. */
  readonly withoutVariables?: readonly string[];
  /** Ends the wait with `ABORTED`, and the program where it can be reached. */
  readonly signal?: AbortSignal;
  /** Ends the wait with `RESPONSE_TIMEOUT`, the same way. @defaultValue no end */
  readonly timeoutSeconds?: number;
  /** Of stdout and of stderr, each; more ends in `OUTPUT_UNREADABLE`. A stream has no such bound. @defaultValue 64 MiB */
  readonly maxOutputBytes?: number;
}

/** A program whose output is read while it runs. */
export interface CommandStream {
  /** To be read: as long as it is not, the program waits, and keeps its place on the connection. Ends without an error when the program closes it; whether that was the whole, `ended` tells. Leaving the loop early ends the program. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /**
   * How it ended; comes after the last byte of `stdout`. Of stderr the last 64 KiB are kept.
   * @throws as `CommandTransport.run`.
   */
  readonly ended: Promise<Omit<CommandOutput, "stdout">>;
}

/**
 * Runs programs on the machine where a scheduler's commands are. Programs are argument lists; only transports quote for a shell.
 *
 * Both calls resolve for every program that was started, whatever its exit code: 127 is `command not found`, 126 one that may not be executed.
 * @throws {TransportError} `CONNECTION_FAILED`: the program was not started. `CONNECTION_LOST`, `RESPONSE_TIMEOUT`: it may have run, to its end or not.
 * `HOST_KEY_MISMATCH`: nothing was sent.
 * @throws {AuthError} `AUTH_FAILED`: the machine did not accept who we are; the program was not started.
 * @throws {SchedulerError} `OUTPUT_UNREADABLE`: it said more than `maxOutputBytes`; it was ended.
 * @throws {AbortedError} `ABORTED`.
 */
export interface CommandTransport {
  /** For messages: `alice@login.example.org`, `this machine`. */
  readonly description: string;
  run(argv: readonly [program: string, ...args: string[]], options?: RunOptions): Promise<CommandOutput>;
  /** Resolves as soon as the program is on its way; what is thrown by then or later is the same. */
  stream(argv: readonly [program: string, ...args: string[]], options?: RunOptions): Promise<CommandStream>;
  /** Ends programs that still run, and connections. */
  close(): Promise<void>;
}

/** Ctrl-C, or a signal that asks to end. Looks like core's `AbortedError` without loading core. */
export class InterruptedError extends Error {
  override readonly name = "InterruptedError";
  readonly code = "ABORTED";
  readonly exitCode: number;
  hint: string | undefined;
  readonly context: Readonly<Record<string, unknown>> = {};

  constructor(exitCode: number, hint?: string) {
    super("Interrupted.");
    this.exitCode = exitCode;
    this.hint = hint;
  }
}

/** 128 + signal number, as shells report it. */
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const signalNames = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * The first Ctrl-C ends the work in an orderly way through `signal`; the second one quits at once. A command says
 * with `advise` what goes on without it and how to take it up again.
 */
export class Interrupts {
  readonly #controller = new AbortController();
  readonly #announce: (text: string) => void;
  readonly #listeners = signalNames.map((name) => [name, () => this.#receive(name)] as const);
  #hangUp: (() => void) | undefined;
  #advice: string | undefined;
  #error: InterruptedError | undefined;

  constructor(announce: (text: string) => void) {
    this.#announce = announce;
    for (const [name, listener] of this.#listeners) process.on(name, listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals do again what they do by themselves. */
  close(): void {
    for (const [name, listener] of this.#listeners) process.off(name, listener);
  }

  /** What ended the work, if something did. */
  get error(): InterruptedError | undefined {
    return this.#error;
  }

  /** From now on SIGHUP does this instead of ending the work, as daemons have it. */
  onHangUp(work: () => void): void {
    this.#hangUp = work;
  }

  /** Replaces the advice given before; `undefined` when nothing goes on. */
  advise(text: string | undefined): void {
    this.#advice = text;
  }

  /** The signal was the proper way to end: the command counts as done. */
  settle(): void {
    this.#error = undefined;
  }

  /** As if Ctrl-C had been pressed; a prompt in raw mode gets the key instead of the process. */
  interrupt(): InterruptedError {
    return this.#interrupt(exitCodes.SIGINT);
  }

  #receive(name: (typeof signalNames)[number]): void {
    if (name === "SIGHUP" && this.#hangUp !== undefined) this.#hangUp();
    else this.#interrupt(exitCodes[name]);
  }

  #interrupt(exitCode: number): InterruptedError {
    if (this.#error) process.exit(exitCode);
    this.#error = new InterruptedError(exitCode, this.#advice);
    this.#announce("Stopping; press Ctrl-C again to quit at once.");
    this.#controller.abort(this.#error);
    return this.#error;
  }
}

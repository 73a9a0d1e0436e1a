import type { Logger } from "pino";

/** What a line says of a request. Words of ours only: there are not many different ones. */
export interface RequestFacts {
  readonly operation: string;
  readonly resource: string;
  readonly outcome: string;
}

/** One line in the log for each request. What many lines have in common is made once. */
export class RequestLines {
  readonly #log: Logger;
  readonly #loggers = new Map<string, Logger>();

  constructor(log: Logger) {
    this.#log = log;
  }

  tell(facts: RequestFacts, milliseconds: number): void {
    this.#loggerOf(facts).info({ milliseconds: Math.round(milliseconds) }, "request");
  }

  #loggerOf(facts: RequestFacts): Logger {
    const key = `${facts.operation} ${facts.resource} ${facts.outcome}`;
    const known = this.#loggers.get(key);
    if (known !== undefined) return known;
    // Nothing in it has to be looked through for secrets.
    const made = this.#log.child({ ...facts }, { redact: [] });
    this.#loggers.set(key, made);
    return made;
  }
}

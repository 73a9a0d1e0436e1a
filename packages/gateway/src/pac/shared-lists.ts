import { setTimeout as sleep } from "node:timers/promises";
import type { Job, JobQuery, Session } from "scarf-tomo";
import { isSessionEnd } from "./error-form.js";

/** What was done on a slow scheduler shows this much later at most. */
const longestRestMilliseconds = 250;

/** Throws like `Session.list`. */
type Ask = (session: Session, query: JobQuery) => Promise<readonly Job[]>;

/**
 * Lists of jobs for everybody who waits for one: however many clients of a user watch, the resource is asked one question after
 * the other, never two at once.
 *
 * Nobody gets the answer to a question that was asked before theirs came: it may be older than what they have just done. They wait
 * for the next one, and share that.
 */
export class SharedLists {
  /** Questions that are still to be asked: whoever comes may wait for the answer, too. */
  readonly #gathering = new Map<string, Gathering>();
  /** Those under way, and those answered a moment ago. */
  readonly #asked = new Map<string, Asking>();

  /**
   * @param key - Resource and user.
   * @param ask - May be called for the sake of others.
   * @param hurry - So many wait for this that it is asked as soon as the same is not under way any more.
   */
  async list(
    key: string,
    session: Session,
    query: JobQuery,
    ask: Ask,
    { hurry = false }: { readonly hurry?: boolean } = {},
  ): Promise<readonly Job[]> {
    const question = `${key}\n${JSON.stringify(query)}`;
    const gathering = this.#gathering.get(question);
    if (gathering === undefined) return this.#gather(question, () => ask(session, query), hurry);
    if (hurry) gathering.hurry();
    try {
      return await gathering.answer;
    } catch (error) {
      // It may be the session of whoever asked that has ended, and not this one.
      if (!isSessionEnd(error)) throw error;
      return ask(session, query);
    }
  }

  #gather(question: string, ask: () => Promise<readonly Job[]>, hurry: boolean): Promise<readonly Job[]> {
    let hurryUp: () => void = () => undefined;
    const hurried = new Promise<void>((resolve) => {
      hurryUp = resolve;
    });
    if (hurry) hurryUp();
    const answer = this.#askLater(question, ask, hurried);
    this.#gathering.set(question, { answer, hurry: hurryUp });
    return answer;
  }

  async #askLater(
    question: string,
    ask: () => Promise<readonly Job[]>,
    hurried: Promise<void>,
  ): Promise<readonly Job[]> {
    await this.#asked.get(question)?.answered;
    const last = this.#asked.get(question);
    if (last?.isResting === true) await Promise.race([last.rested, hurried]);
    this.#gathering.delete(question);
    const begun = performance.now();
    const answer = ask();
    const asking = new Asking(answer, begun);
    this.#asked.set(question, asking);
    void this.#forget(question, asking);
    return answer;
  }

  async #forget(question: string, asking: Asking): Promise<void> {
    await asking.rested;
    if (this.#asked.get(question) === asking) this.#asked.delete(question);
  }
}

/** A question that is still to be asked. */
interface Gathering {
  readonly answer: Promise<readonly Job[]>;
  readonly hurry: () => void;
}

/** A question under way, and the time until the same may be asked again: at most half of all time is spent with it. */
class Asking {
  readonly answered: Promise<void>;
  /** Resolves when the same may be asked again. */
  readonly rested: Promise<void>;
  readonly #begun: number;
  /** On the clock of `performance.now()`. */
  #restsUntil = 0;

  constructor(answer: Promise<unknown>, begun: number) {
    this.#begun = begun;
    this.answered = this.#take(answer);
    this.rested = this.#rest();
  }

  /** Told by the clock: where very much is going on, timers come late, and those who wait fill the memory. */
  get isResting(): boolean {
    return performance.now() < this.#restsUntil;
  }

  async #take(answer: Promise<unknown>): Promise<void> {
    await answer.catch(() => undefined);
    const now = performance.now();
    this.#restsUntil = now + Math.min(now - this.#begun, longestRestMilliseconds);
  }

  async #rest(): Promise<void> {
    await this.answered;
    await sleep(Math.max(0, this.#restsUntil - performance.now()), undefined, { ref: false });
  }
}

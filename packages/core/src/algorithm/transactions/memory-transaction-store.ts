import type { TransactionFact, TransactionStore } from "./transaction-store.js";

/** Transactions that end with the program, as in Mantid. */
export class MemoryTransactionStore implements TransactionStore {
  readonly #facts = new Map<string, TransactionFact[]>();

  async create(id: string, first: TransactionFact): Promise<void> {
    if (this.#facts.has(id)) throw new Error(`There is a transaction ${id} already.`);
    this.#facts.set(id, [first]);
  }

  async append(id: string, fact: TransactionFact): Promise<boolean> {
    return this.#facts.get(id)?.push(fact) !== undefined;
  }

  async read(id: string): Promise<readonly TransactionFact[] | undefined> {
    const facts = this.#facts.get(id);
    return facts === undefined ? undefined : [...facts];
  }

  async take(id: string): Promise<readonly TransactionFact[] | undefined> {
    const facts = this.#facts.get(id);
    this.#facts.delete(id);
    return facts;
  }

  async ids(): Promise<readonly string[]> {
    return [...this.#facts.keys()];
  }
}

import { ValueError } from "../../errors/index.js";
import type { JobId } from "../../model/index.js";
import {
  readTransaction,
  type Transaction,
  type TransactionJob,
  type TransactionOwner,
} from "./transaction.js";
import type { TransactionFact, TransactionStore } from "./transaction-store.js";
import type { WaitingFile } from "./waiting-file.js";

/** The transactions of any number of users on any number of resources. They know nothing of what happens on the resources. */
export class Transactions {
  readonly #store: TransactionStore;

  constructor(store: TransactionStore) {
    this.#store = store;
  }

  async start(id: string, { resourceId, userName }: TransactionOwner, directory?: string): Promise<void> {
    const place = directory === undefined ? {} : { directory };
    await this.#store.create(id, { kind: "started", resourceId, userName, ...place });
  }

  /** @throws {ValueError} `PROPERTY_INVALID`: there is none of that id, or it is someone else's. */
  async find(id: string, owner: TransactionOwner): Promise<Transaction> {
    return this.#check(id, owner, await this.#store.read(id));
  }

  /** Notes an uploaded file, in place of an earlier one of the same name. @throws {ValueError} as `find`. */
  async addFile({ id, ...owner }: Transaction, name: string, waiting?: WaitingFile): Promise<void> {
    const fact: TransactionFact = { kind: "file", name, ...(waiting !== undefined && { waiting }) };
    if (!(await this.#store.append(id, fact))) throw unknown(id, owner);
  }

  /** @returns false: the transaction was stopped meanwhile. */
  addJob({ id }: Transaction, job: TransactionJob): Promise<boolean> {
    return this.#store.append(id, { kind: "job", ...job });
  }

  /** Forgets a transaction. @returns it as it was last. @throws {ValueError} as `find`: someone else has stopped it. */
  async take({ id, ...owner }: Transaction): Promise<Transaction> {
    return this.#check(id, owner, await this.#store.take(id));
  }

  /** The jobs of all transactions of a user, by their ids. */
  async jobsOf(
    owner: TransactionOwner,
  ): Promise<ReadonlyMap<JobId, TransactionJob & { readonly id: string }>> {
    const jobs = new Map<JobId, TransactionJob & { readonly id: string }>();
    for (const id of await this.#store.ids()) {
      const transaction = readTransaction(id, (await this.#store.read(id)) ?? []);
      if (transaction === undefined || !isOwner(transaction, owner)) continue;
      for (const job of transaction.jobs) jobs.set(job.jobId, { ...job, id });
    }
    return jobs;
  }

  #check(id: string, owner: TransactionOwner, facts: readonly TransactionFact[] | undefined): Transaction {
    const found = readTransaction(id, facts ?? []);
    if (found === undefined || !isOwner(found, owner)) throw unknown(id, owner);
    return found;
  }
}

function isOwner(transaction: TransactionOwner, { resourceId, userName }: TransactionOwner): boolean {
  return transaction.resourceId === resourceId && transaction.userName === userName;
}

/** Whether it is unknown or someone else's is not told. */
function unknown(id: string, { resourceId, userName }: TransactionOwner): ValueError {
  const shown = id.length > 80 ? `${id.slice(0, 77)}...` : id;
  return new ValueError(
    "PROPERTY_INVALID",
    `TransactionID ${JSON.stringify(shown)} is no transaction of ${userName} on ${resourceId}.`,
    {
      hint: "StartRemoteTransaction starts one and returns its id; StopRemoteTransaction ends it.",
      context: { property: "TransactionID", transaction: shown, resource: resourceId, user: userName },
    },
  );
}

import * as z from "zod/mini";

const factSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("started"),
    resourceId: z.string(),
    userName: z.string(),
    /** Absolute path of the transaction's directory on the resource; absent where it has none. */
    directory: z.optional(z.string()),
  }),
  z.object({
    kind: z.literal("file"),
    name: z.string(),
    /** The file on this machine that waits for a submit; absent: it lies in the transaction's directory. */
    waiting: z.optional(z.object({ path: z.string(), version: z.string() })),
  }),
  z.object({ kind: z.literal("job"), jobId: z.string(), scriptName: z.string() }),
]);

/** One thing that happened in a transaction. What a transaction is follows from its facts, in their order. */
export type TransactionFact = z.infer<typeof factSchema>;

/** @returns undefined for anything that is no fact. */
export function parseFact(value: unknown): TransactionFact | undefined {
  return factSchema.safeParse(value).data;
}

/** Where transactions are kept. Several programs may use one store at the same time. */
export interface TransactionStore {
  /** @throws if the id is taken: it must never be. */
  create(id: string, first: TransactionFact): Promise<void>;
  /** @returns false: there is no such transaction, it may have been taken just now. */
  append(id: string, fact: TransactionFact): Promise<boolean>;
  read(id: string): Promise<readonly TransactionFact[] | undefined>;
  /** Removes a transaction; of several that do so at the same time one gets its facts. */
  take(id: string): Promise<readonly TransactionFact[] | undefined>;
  ids(): Promise<readonly string[]>;
}

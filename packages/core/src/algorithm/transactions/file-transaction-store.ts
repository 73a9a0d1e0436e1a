import { constants } from "node:fs";
import { mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { mapFileError } from "../../transfers/map-file-error.js";
import { isTransactionId } from "./transaction-id.js";
import { parseFact, type TransactionFact, type TransactionStore } from "./transaction-store.js";

const suffix = ".jsonl";

/**
 * Transactions that outlive the program: one file each, one line per fact, readable by the user only. Lines are only ever
 * added, so that two programs that add at the same time both keep theirs.
 */
export class FileTransactionStore implements TransactionStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async create(id: string, first: TransactionFact): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await this.#add(id, first, constants.O_CREAT | constants.O_EXCL);
    } catch (error) {
      throw mapFileError(error, this.#directory, "write");
    }
  }

  async append(id: string, fact: TransactionFact): Promise<boolean> {
    if (!isTransactionId(id)) return false;
    try {
      // Without O_CREAT: a transaction that was taken meanwhile does not come back.
      await this.#add(id, fact, 0);
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw mapFileError(error, this.#pathOf(id), "write");
    }
  }

  async read(id: string): Promise<readonly TransactionFact[] | undefined> {
    return isTransactionId(id) ? readFacts(this.#pathOf(id)) : undefined;
  }

  async take(id: string): Promise<readonly TransactionFact[] | undefined> {
    if (!isTransactionId(id)) return undefined;
    const path = this.#pathOf(id);
    const taken = `${path}.${process.pid}.taken`;
    try {
      await rename(path, taken);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw mapFileError(error, path, "write");
    }
    const facts = await readFacts(taken);
    await rm(taken, { force: true });
    return facts;
  }

  async ids(): Promise<readonly string[]> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (isMissing(error)) return [];
      throw mapFileError(error, this.#directory, "read");
    });
    return names
      .filter((name) => name.endsWith(suffix))
      .map((name) => name.slice(0, -suffix.length))
      .filter(isTransactionId);
  }

  /** In one write, on the disk when it returns. The line feed before it ends a line that a killed program left unfinished. */
  async #add(id: string, fact: TransactionFact, flags: number): Promise<void> {
    const file = await open(this.#pathOf(id), constants.O_WRONLY | constants.O_APPEND | flags, 0o600);
    try {
      await file.write(`\n${JSON.stringify(fact)}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
  }

  #pathOf(id: string): string {
    return join(this.#directory, `${id}${suffix}`);
  }
}

async function readFacts(path: string): Promise<readonly TransactionFact[] | undefined> {
  const text = await readFile(path, "utf8").catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw mapFileError(error, path, "read");
  });
  return text?.split("\n").flatMap((line) => {
    const fact = parseFact(parseJson(line));
    return fact === undefined ? [] : [fact];
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

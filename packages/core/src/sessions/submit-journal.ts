import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { FileError, isScarfError, ValueError } from "../errors/index.js";
import type { JobId } from "../model/index.js";
import { mapFileError } from "../transfers/map-file-error.js";
import { writeFileAtomically } from "../transfers/write-file-atomically.js";

/** One submit, as far as it is known. */
export interface JournalEntry {
  readonly resourceId: string;
  readonly userName: string;
  readonly submitKey: string;
  /** SHA-256 of the job spec: the same key must not stand for two different jobs. */
  readonly specDigest: string;
  readonly jobName?: string;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Absent: it is not known whether the job exists, or the submit is under way in another program. */
  readonly jobId?: JobId;
  /** Program that submits, to tell "under way" from "left behind". */
  readonly process: { readonly host: string; readonly pid: number };
}

/** What identifies a submit. */
export type SubmitIdentity = Pick<
  JournalEntry,
  "resourceId" | "userName" | "submitKey" | "specDigest" | "jobName"
>;

/** Long enough that nobody repeats a submit by its key; the files are small. */
const keptSeconds = 30 * 24 * 3600;

/**
 * Writes down, before a job is submitted, that it is going to be, and afterwards its id; both are on the disk before
 * anything else happens. So a program that was killed in between leaves a trace, and the key to look the job up by.
 * One file per submit; several programs may use one directory.
 */
export class SubmitJournal {
  readonly #directory: string;
  #hasPruned = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /**
   * Notes that a submit begins, or finds that it was begun before.
   * @returns the entry as it is now; with a `jobId` there is nothing left to do.
   * @throws {ValueError} `USAGE_INVALID`: the key was used for another job. @throws {FileError} the journal can't be written, or what it says of this key is damaged.
   */
  async begin(identity: SubmitIdentity): Promise<{ readonly entry: JournalEntry; readonly isNew: boolean }> {
    const known = await this.#read(this.#fileOf(identity));
    if (known !== undefined) {
      if (known.specDigest === identity.specDigest) return { entry: known, isNew: false };
      throw new ValueError(
        "USAGE_INVALID",
        `The submit key ${identity.submitKey} was used for another job already.`,
        {
          hint: "Use a new key for a new job, or the same job description with this key.",
          context: { resource: identity.resourceId, submitKey: identity.submitKey },
        },
      );
    }
    const here = { host: hostname(), pid: process.pid };
    const entry: JournalEntry = { ...identity, startedAt: new Date().toISOString(), process: here };
    await this.#write(entry);
    await this.#prune();
    return { entry, isNew: true };
  }

  async succeeded(entry: JournalEntry, jobId: JobId): Promise<void> {
    await this.#write({ ...entry, jobId });
  }

  /** It is certain that no job was made: the key may be used again. */
  async refused(entry: JournalEntry): Promise<void> {
    await rm(this.#fileOf(entry), { force: true });
  }

  /** Submits of which nobody knows whether a job came of them, oldest first. Those under way in a living program are not among them. */
  async pending(): Promise<readonly JournalEntry[]> {
    return (await this.entries()).filter((entry) => entry.jobId === undefined && !isUnderWay(entry));
  }

  /** All, oldest first. */
  async entries(): Promise<readonly JournalEntry[]> {
    const entries: JournalEntry[] = [];
    for (const name of await this.#names()) {
      const entry = await this.#read(join(this.#directory, name));
      if (entry !== undefined) entries.push(entry);
    }
    return entries.sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1));
  }

  /** The user has looked and decided: takes all entries with that key off the list. @returns how many. */
  async forget(submitKey: string): Promise<number> {
    const entries = (await this.entries()).filter((entry) => entry.submitKey === submitKey);
    await Promise.all(entries.map((entry) => this.refused(entry)));
    return entries.length;
  }

  /** Done ones only: what is not known stays until the user decides. */
  async #prune(): Promise<void> {
    if (this.#hasPruned) return;
    this.#hasPruned = true;
    const limit = Date.now() - keptSeconds * 1000;
    // A damaged file is told of when its submit is asked about; it must not keep others from being made.
    const entries = await this.entries().catch((error: unknown) => {
      if (isScarfError(error)) return [];
      throw error;
    });
    const old = entries.filter((one) => one.jobId !== undefined && Date.parse(one.startedAt) < limit);
    await Promise.all(old.map((entry) => this.refused(entry)));
  }

  async #names(): Promise<readonly string[]> {
    const names = await readdir(this.#directory).catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw mapFileError(error, this.#directory, "read");
    });
    return names.filter((name) => name.endsWith(".json"));
  }

  async #read(path: string): Promise<JournalEntry | undefined> {
    const text = await readFile(path, "utf8").catch((error: unknown) => {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
      throw mapFileError(error, path, "read");
    });
    if (text === "") return undefined;
    const result = entrySchema.safeParse(parseJson(text));
    if (!result.success) throw damaged(path);
    const { jobId, jobName, ...others } = result.data;
    return {
      ...others,
      ...(jobId === undefined ? {} : { jobId }),
      ...(jobName === undefined ? {} : { jobName }),
    };
  }

  async #write(entry: JournalEntry): Promise<void> {
    try {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 });
      await writeFileAtomically(this.#fileOf(entry), `${JSON.stringify(entry)}\n`);
    } catch (error) {
      throw mapFileError(error, this.#directory, "write");
    }
  }

  #fileOf({
    resourceId,
    userName,
    submitKey,
  }: Pick<JournalEntry, "resourceId" | "userName" | "submitKey">): string {
    const identity = JSON.stringify([resourceId, userName, submitKey]);
    return join(this.#directory, `${createHash("sha256").update(identity).digest("hex").slice(0, 40)}.json`);
  }
}

const entrySchema = z.object({
  resourceId: z.string(),
  userName: z.string(),
  submitKey: z.string(),
  specDigest: z.string(),
  jobName: z.optional(z.string()),
  startedAt: z.string(),
  jobId: z.optional(z.string()),
  process: z.object({ host: z.string(), pid: z.number() }),
});

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

function damaged(path: string): FileError {
  return new FileError("FILE_UNREADABLE", `${path} is damaged: it does not tell which submit it is of.`, {
    hint: "Look whether the job is there (scarf jobs), then remove that file.",
    context: { path },
  });
}

function isUnderWay({ process: { host, pid } }: JournalEntry): boolean {
  if (host !== hostname()) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

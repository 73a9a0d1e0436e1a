import { createHash } from "node:crypto";
import { constants, statSync } from "node:fs";
import { link, open, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ConfigError, FileError } from "../../errors/index.js";
import type { JobId } from "../../model/index.js";
import { newPartName } from "../../transfers/disk/atomic-file.js";
import { LocalFiles } from "../../transfers/disk/local-files.js";
import { type FileOwner, SafeRoots } from "../../transfers/disk/safe-directory.js";
import { isSystemError, toFileError } from "../../transfers/disk/system-error.js";
import type { Who } from "../session-errors.js";
import type { SharedFolder } from "./slurm-rest-options.js";

/** What is kept of a submit beside the jobs' directories: by it one key makes one job, whatever process asks. */
export interface SubmitRecord {
  /** ISO 8601: when the request was about to be sent. */
  readonly sentAt: string;
  readonly jobId?: JobId;
  /** What lists of Slurm don't tell of a job that came over REST. */
  readonly command?: string;
  readonly outputPath?: string;
  readonly errorPath?: string;
}

const jobsFolder = "scarf-jobs";
/** Two programs that take a key and give it back in turn. */
const mostClaimAttempts = 100;
const recordsFolder = `${jobsFolder}/.submits`;

/** One user's directory on a folder that this machine shares with the nodes. */
export class UserFolder {
  readonly home: string;
  readonly files: LocalFiles;
  readonly #folder: SharedFolder;
  readonly #who: Who;
  #roots: SafeRoots | undefined;

  /** @throws {ConfigError} the user's name can't be part of a path. */
  constructor(folder: SharedFolder, who: Who, begin: () => void) {
    if (!/^[\w@-][\w.@-]{0,63}$/.test(who.userName))
      throw new ConfigError(
        "CONFIG_INVALID",
        `${JSON.stringify(who.userName.slice(0, 80))} can't be part of the path of a shared folder.`,
        {
          hint: "Use a user name of letters, digits and . _ @ -.",
        },
      );
    this.home = folder.home.replaceAll("{user}", who.userName);
    this.#folder = folder;
    this.#who = who;
    this.files = new LocalFiles(() => {
      begin();
      return this.#openRoots();
    });
  }

  /** The system's number of the user. @throws {FileError} `FILE_NOT_FOUND`: there is no such directory. */
  get userId(): number {
    return this.#openOwner().uid;
  }

  /** Where a job of this key has its own files. */
  jobDirectory(submitKey: string): string {
    return join(this.home, jobsFolder, digest(submitKey));
  }

  /** Files of one job, with paths relative to its directory. @throws {FileError} it is outside of what the user may reach */
  jobFiles(directory: string): LocalFiles {
    const { owner } = this.#openRoots();
    const { shared = [] } = this.#folder;
    const isMine = [this.home, ...shared].some(
      (root) => directory === root || directory.startsWith(`${root}/`),
    );
    if (!isMine)
      throw new FileError(
        "FILE_NAME_REFUSED",
        `The job's directory ${directory} is not below a folder that this machine shares.`,
        {
          hint: `Ask the administrators to name it in sharedDirectories of ${this.#who.resourceId}.`,
          context: { path: directory },
        },
      );
    const base = directory.startsWith(`${this.home}/`) ? this.home : directory;
    return new LocalFiles(() => new SafeRoots(directory, { base, ...(owner !== undefined && { owner }) }));
  }

  /**
   * Takes a key for a submit that is about to be sent. @returns what an earlier one wrote, or undefined: it is ours.
   */
  async claim(submitKey: string, record: SubmitRecord): Promise<SubmitRecord | undefined> {
    const roots = this.#openRoots();
    await using folder = await roots.openDirectory(recordsFolder, { create: true });
    const target = join(folder.anchor, `${digest(submitKey)}.json`);
    const part = await this.#writePart(folder.anchor, record);
    try {
      for (let attempt = 0; attempt < mostClaimAttempts; attempt++) {
        if (await linkNew(part, target)) return undefined;
        const other = await readRecord(target);
        if (other !== undefined) return other;
        // Released between the two: the key is free, and not yet ours.
      }
    } catch (error) {
      throw toFileError(error, this.home, "write");
    } finally {
      await rm(part, { force: true });
    }
    throw new FileError("FILE_UNWRITABLE", `${this.home} gives no claim of a submit to anybody.`, {
      hint: "Other programs submit with the same key at the same moment. Submit again.",
      context: { resource: this.#who.resourceId, path: this.home },
    });
  }

  async read(submitKey: string): Promise<SubmitRecord | undefined> {
    try {
      await using folder = await this.#openRoots().openDirectory(recordsFolder);
      return await readRecord(join(folder.anchor, `${digest(submitKey)}.json`));
    } catch (error) {
      if (isSystemError(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  async update(submitKey: string, record: SubmitRecord): Promise<void> {
    await using folder = await this.#openRoots().openDirectory(recordsFolder, { create: true });
    const part = await this.#writePart(folder.anchor, record);
    await rename(part, join(folder.anchor, `${digest(submitKey)}.json`));
  }

  /** Nothing was made: the key is free again. */
  async release(submitKey: string): Promise<void> {
    await using folder = await this.#openRoots().openDirectory(recordsFolder, { create: true });
    await rm(join(folder.anchor, `${digest(submitKey)}.json`), { force: true });
  }

  #openRoots(): SafeRoots {
    return (this.#roots ??= new SafeRoots(this.home, {
      ...(this.#folder.shared !== undefined && { shared: this.#folder.shared }),
      ...(process.getuid?.() === 0 && { owner: this.#openOwner() }),
    }));
  }

  /** Whom the directory belongs to: what is made for the user must be the user's. */
  #openOwner(): FileOwner {
    try {
      const { uid, gid } = statSync(this.home);
      return { uid, gid };
    } catch (error) {
      if (!isSystemError(error, "ENOENT")) throw toFileError(error, this.home, "read");
      throw new FileError(
        "FILE_NOT_FOUND",
        `${this.#who.userName} has no directory ${this.home} on this machine.`,
        {
          hint: "The folder that the definition of the resource calls sharedFolder must be there before, and be the user's.",
          context: { resource: this.#who.resourceId, path: this.home },
          cause: error,
        },
      );
    }
  }

  async #writePart(anchor: string, record: SubmitRecord): Promise<string> {
    const part = join(anchor, newPartName());
    const owner = this.#openRoots().owner;
    const handle = await open(
      part,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
      await handle.writeFile(`${JSON.stringify(record)}\n`);
      await handle.sync();
    } catch (error) {
      await rm(part, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
    return part;
  }
}

/** False: there is one already. */
async function linkNew(part: string, target: string): Promise<boolean> {
  try {
    await link(part, target);
    return true;
  } catch (error) {
    if (isSystemError(error, "EEXIST")) return false;
    throw error;
  }
}

/** Undefined: it is gone again. A damaged one says at least that something was sent. */
async function readRecord(path: string): Promise<SubmitRecord | undefined> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  const fields = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const texts = Object.fromEntries(
    fields.filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
  return { ...texts, sentAt: texts["sentAt"] ?? new Date(0).toISOString() };
}

function digest(submitKey: string): string {
  return createHash("sha256").update(submitKey).digest("hex").slice(0, 32);
}

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, link, lstat, open, readdir, rename, rm, unlink } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { FileError } from "../errors/index.js";
import { FileSink } from "./file-sink.js";
import { mapFileError } from "./map-file-error.js";
import { syncDirectory } from "./write-file-atomically.js";

/** What happens to a file that is here already. */
export type Overwrite = "error" | "replace" | "skip";

/**
 * A file on its way to its name: written under a temporary name beside it, and given the final one, in one step, only
 * when it is complete and on the disk.
 */
export class PartFile {
  readonly #target: string;
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #sink: FileSink;

  private constructor(target: string, path: string, file: FileHandle) {
    this.#target = target;
    this.#path = path;
    this.#file = file;
    this.#sink = new FileSink(file);
  }

  /** @throws {FileError} the directory is missing or may not be written to. */
  static async create(target: string): Promise<PartFile> {
    const path = partPath(target);
    try {
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
      return new PartFile(target, path, await open(path, flags, 0o666));
    } catch (error) {
      throw mapFileError(error, target, "write");
    }
  }

  get sizeBytes(): number {
    return this.#sink.position;
  }

  /** When it resolves the chunk has been taken: its buffer may be used again. A failed write shows at a later call. */
  async append(chunk: Uint8Array): Promise<void> {
    try {
      await this.#sink.append(chunk);
    } catch (error) {
      throw mapFileError(error, this.#target, "write");
    }
  }

  /** Back to nothing, for a file that must be read from its start again. */
  async restart(): Promise<void> {
    await this.#sink.moveTo(0);
    await this.#file.truncate(0);
  }

  /**
   * Gives the complete file its name.
   * @throws {FileError} `FILE_EXISTS`: something has that name and may not be replaced. The temporary file is gone then, as after every failure.
   */
  async commit(overwrite: Overwrite): Promise<void> {
    try {
      await this.#sink.flush();
      await this.#file.sync();
      await this.#file.close();
      if (overwrite === "replace") await rename(this.#path, this.#target);
      else await renameExclusively(this.#path, this.#target);
      await syncDirectory(dirname(this.#target));
    } catch (error) {
      await this.discard();
      throw mapFileError(error, this.#target, "write");
    }
  }

  async discard(): Promise<void> {
    await this.#sink.settle();
    await this.#file.close().catch(() => undefined);
    await rm(this.#path, { force: true });
  }
}

/**
 * Removes what killed processes of this machine have left of unfinished files in a directory.
 * @returns names removed.
 */
export async function removeStaleParts(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch(() => []);
  const stale = names.filter((name) => {
    const { host, pid } = /\.(?<host>[^.]+)-(?<pid>\d+)-[0-9a-f]{12}\.part$/.exec(name)?.groups ?? {};
    return name.startsWith(".") && host === hostLabel && !isAlive(Number(pid));
  });
  await Promise.all(stale.map((name) => rm(join(directory, name), { force: true })));
  return stale;
}

const hostLabel =
  hostname()
    .replaceAll(/[^A-Za-z0-9-]/g, "_")
    .slice(0, 40) || "host";

function partPath(target: string): string {
  // Room for the rest within the 255 bytes that a name may have.
  const name = Buffer.from(basename(target)).subarray(0, 160).toString("utf8").replaceAll("\uFFFD", "");
  const suffix = `${hostLabel}-${process.pid}-${randomBytes(6).toString("hex")}`;
  return join(dirname(target), `.${name}.${suffix}.part`);
}

/** `rename` replaces silently; a hard link does not. */
async function renameExclusively(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    // FAT, exFAT and some network file systems have no hard links. There a file made in these microseconds is lost.
    const reason = error instanceof Error && "code" in error ? error.code : undefined;
    if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"].includes(String(reason))) throw error;
    await refuseExisting(to);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

/** @throws {FileError} `FILE_EXISTS`: something, be it a dangling link, has that name. */
export async function refuseExisting(path: string): Promise<void> {
  const found = await lstatIfAny(path);
  if (found === undefined) return;
  throw new FileError("FILE_EXISTS", `${path} exists already.`, {
    hint: "Choose another name or directory, or allow overwriting.",
    context: { path },
  });
}

export async function lstatIfAny(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  return lstat(path).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw mapFileError(error, path, "write");
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

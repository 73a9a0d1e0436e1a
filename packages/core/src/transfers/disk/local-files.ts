import { createHash } from "node:crypto";
import type { Dirent, Stats } from "node:fs";
import {
  access as checkAccess,
  constants,
  link,
  lstat,
  readdir,
  rename,
  rm,
  stat,
  unlink,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FileError, isScarfError } from "../../errors/index.js";
import type { ByteRange, ByteSource, FileReading, RemoteFile, WrittenFile } from "../../model/index.js";
import type { CallOptions, RemoteFiles, WriteOptions } from "../../resources/compute-resource.js";
import { throwIfAborted } from "../../transports/abort.js";
import { newPartName, partPrefix } from "./atomic-file.js";
import { refuseOddName } from "./plain-name.js";
import { openReading, writeSource, wrongKind } from "./file-chunks.js";
import { removeOldParts } from "./remove-old-parts.js";
import type { SafeRoots } from "./safe-directory.js";
import { isSystemError, toFileError } from "./system-error.js";

/** Files below a set of roots. The roots are asked for at every call, so that a session that has ended can refuse. */
export class LocalFiles implements RemoteFiles {
  readonly #getRoots: () => SafeRoots;

  constructor(getRoots: () => SafeRoots) {
    this.#getRoots = getRoots;
  }

  async list(directory: string, options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    return await this.#run(directory, "read", options, async (roots) => {
      await using opened = await roots.openDirectory(directory);
      const entries = (await readdir(opened.anchor, { withFileTypes: true, encoding: "buffer" }))
        .map((entry) => ({ entry, name: entry.name.toString() }))
        .filter(({ name }) => !name.startsWith(partPrefix))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
      const files: RemoteFile[] = [];
      const shown = roots.resolve(directory);
      for (const { entry, name } of entries) {
        throwIfAborted(options.signal);
        const file = entry.name.equals(Buffer.from(name))
          ? await describeFile(roots, join(opened.anchor, name), join(shown, name))
          : describeNameless(entry, join(shown, name));
        if (file) files.push(file);
      }
      return files;
    });
  }

  async stat(path: string, options: CallOptions = {}): Promise<RemoteFile> {
    return await this.#run(path, "read", options, async (roots) => {
      const absolute = roots.resolve(path);
      if (absolute === roots.home) {
        await using opened = await roots.openDirectory(path);
        return renderFile(await stat(opened.anchor), absolute, true);
      }
      await using parent = await roots.openDirectory(dirname(absolute));
      const file = await describeFile(roots, join(parent.anchor, basename(absolute)), absolute);
      if (!file) throw new FileError("FILE_NOT_FOUND", `There is no \`${path}\`.`, { context: { path } });
      return file;
    });
  }

  async read(path: string, range: ByteRange = {}, options: CallOptions = {}): Promise<FileReading> {
    return await this.#run(path, "read", options, (roots) => openReading(roots, path, range, options.signal));
  }

  async write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    refuseOddName(name);
    const path = join(directory, name);
    return await this.#run(path, "write", options, async (roots) => {
      await using opened = await roots.openDirectory(directory, { create: true });
      const target = join(opened.anchor, name);
      // Before the transfer, to save the time; the linking below decides.
      const existing = await lstatIfThere(target);
      if (existing?.isDirectory()) throw wrongKind(path, true);
      if (existing && options.overwrite !== true) throw exists(path);
      await removeOldParts(opened.anchor, opened.realPath);
      const part = join(opened.anchor, newPartName());
      let isGone = false;
      try {
        const written = await writeSource(part, source, path, { ...options, owner: roots.owner });
        throwIfAborted(options.signal);
        if (options.overwrite === true) {
          await rename(part, target);
          // Of two names of one file, which a placed one may be, renaming leaves both.
          isGone = source.placeAt === undefined;
        } else {
          await link(part, target);
        }
        await opened.sync();
        return { path: join(roots.resolve(directory), name), ...written };
      } finally {
        // Each step costs as much as a hundred kilobytes of a file, and there may be thousands of files.
        if (!isGone) await rm(part, { force: true });
      }
    });
  }

  async makeDirectory(path: string, options: CallOptions = {}): Promise<void> {
    await this.#run(path, "write", options, async (roots) => {
      try {
        await using _ = await roots.openDirectory(path, { create: true });
      } catch (error) {
        // Something else stands there already.
        throw error instanceof Error && "code" in error && error.code === "ENOTDIR" ? exists(path) : error;
      }
    });
  }

  async remove(path: string, options: CallOptions = {}): Promise<void> {
    await this.#run(path, "write", options, async (roots) => {
      const absolute = this.#refuseHome(roots, path);
      await using parent = await roots.openDirectory(dirname(absolute));
      // `rm` follows no symbolic links. Without `force` a missing name is an error.
      await rm(join(parent.anchor, basename(absolute)), { recursive: true });
      await parent.sync();
    });
  }

  async rename(from: string, to: string, options: CallOptions = {}): Promise<void> {
    await this.#run(from, "write", options, async (roots) => {
      const [source, target] = [this.#refuseHome(roots, from), this.#refuseHome(roots, to)];
      await using sourceParent = await roots.openDirectory(dirname(source));
      await using targetParent = await roots.openDirectory(dirname(target));
      const oldPath = join(sourceParent.anchor, basename(source));
      const newPath = join(targetParent.anchor, basename(target));
      const stats = await lstat(oldPath);
      if (await lstatIfThere(newPath)) throw exists(to);
      if (stats.isDirectory()) await rename(oldPath, newPath);
      else {
        // Unlike rename, link never replaces a name that came into being just now.
        await link(oldPath, newPath).catch((error: unknown) => {
          throw toFileError(error, to, "write");
        });
        await unlink(oldPath);
      }
      await sourceParent.sync();
      await targetParent.sync();
    });
  }

  async checksum(path: string, options: CallOptions = {}): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of (await this.read(path, {}, options)).chunks) hash.update(chunk);
    return hash.digest("hex");
  }

  #refuseHome(roots: SafeRoots, path: string): string {
    const absolute = roots.resolve(path);
    if (absolute === roots.home)
      throw new FileError("FILE_NAME_REFUSED", "Your own directory can't be removed or renamed.", {
        hint: "Name what is in it.",
      });
    return absolute;
  }

  async #run<T>(
    path: string,
    access: "read" | "write",
    { signal }: CallOptions,
    action: (roots: SafeRoots) => Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    try {
      return await action(this.#getRoots());
    } catch (error) {
      throw isScarfError(error) ? error : toFileError(error, path, access);
    }
  }
}

function exists(path: string): FileError {
  return new FileError("FILE_EXISTS", `\`${path}\` exists already and was not replaced.`, {
    hint: "Choose another name, or ask for overwriting.",
    context: { path },
  });
}

/** Undefined when it has gone, and for what is neither file nor directory nor a link to one inside the roots. */
async function describeFile(
  roots: SafeRoots,
  path: string,
  shownPath: string,
): Promise<RemoteFile | undefined> {
  try {
    const stats = await statInside(roots, path, shownPath);
    if (!stats.isFile() && !stats.isDirectory()) return undefined;
    return renderFile(stats, shownPath, await isReadable(path));
  } catch {
    return undefined; // a dangling link, or removed since it was listed
  }
}

/** @throws what is wrong besides permissions: a file that has just vanished is not one that may not be read. */
export async function isReadable(path: string): Promise<boolean> {
  try {
    await checkAccess(path, constants.R_OK);
    return true;
  } catch (error) {
    if (isSystemError(error, "EACCES", "EPERM")) return false;
    throw error;
  }
}

/** What has a name of bytes that are no text can't be asked for, but it is there: whoever wants all must hear of it. */
function describeNameless(entry: Dirent<Buffer>, shownPath: string): RemoteFile | undefined {
  if (!entry.isFile() && !entry.isDirectory()) return undefined;
  const kind = entry.isDirectory() ? "directory" : "file";
  return { path: shownPath, name: basename(shownPath), kind, sizeBytes: 0, readable: false };
}

/** Of what a link leads to, as long as that is inside: looked at while it is open, so that no other can take its place. */
async function statInside(roots: SafeRoots, path: string, shownPath: string): Promise<Stats> {
  const stats = await lstat(path);
  if (!stats.isSymbolicLink()) return stats;
  const handle = await roots.openFile(path, shownPath);
  try {
    return await handle.stat();
  } finally {
    await handle.close();
  }
}

function renderFile(stats: Stats, path: string, readable: boolean): RemoteFile {
  return {
    path,
    name: basename(path),
    kind: stats.isDirectory() ? "directory" : "file",
    sizeBytes: stats.isDirectory() ? 0 : stats.size,
    modifiedAt: stats.mtime,
    readable,
  };
}

async function lstatIfThere(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readlink, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { FileError } from "../../errors/index.js";
import { syncOpenDirectory } from "../write-file-atomically.js";
import { isSystemError } from "./system-error.js";

/** A directory that is open and was seen to lie where it may. */
export interface SafeDirectory extends AsyncDisposable {
  /** Path for names in it that no later renaming or symbolic link can lead elsewhere. */
  readonly anchor: string;
  /** Where it lies, without symbolic links. */
  readonly realPath: string;
  /** Makes renames and removals in it last through a power cut, where the system can. */
  sync(): Promise<void>;
}

/** A system user that files are given to. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface SafeRootsOptions {
  readonly base?: string;
  /** Further directories, outside of the home. */
  readonly shared?: readonly string[];
  /** Whom new files and directories are given to, where this process runs as root on behalf of somebody. */
  readonly owner?: FileOwner;
}

/**
 * The directories that one user may reach, and everything below them. Symbolic links are followed as long as they
 * stay inside. What is opened is checked after the opening, by the kernel's own word in `/proc/self/fd`, so a link
 * that is put in place between check and use gains nothing.
 */
export class SafeRoots {
  /** Relative paths start here. */
  readonly home: string;
  readonly owner: FileOwner | undefined;
  readonly #base: string;
  readonly #shared: readonly string[];

  /**
   * @param base - A directory that `home` is in, or `home` itself. Symbolic links down to it are the operator's and are
   * followed; below it a job may have put one in place of the home itself, and that is not.
   */
  constructor(home: string, { base = home, shared = [], owner }: SafeRootsOptions = {}) {
    this.home = home;
    this.owner = owner;
    this.#base = base;
    this.#shared = shared.map((path) => resolve(path));
  }

  /** Absolute path of what a user wrote. @throws {FileError} `FILE_NAME_REFUSED`. */
  resolve(path: string): string {
    if (path.includes("\0")) throw new FileError("FILE_NAME_REFUSED", "A path can't hold a NUL character.");
    return isAbsolute(path) ? resolve(path) : resolve(this.home, path);
  }

  /** @throws {FileError} `FILE_NAME_REFUSED` when it leads outside; the system's error when it can't be opened. */
  async openDirectory(path: string, { create = false } = {}): Promise<SafeDirectory> {
    const absolute = this.resolve(path);
    await this.#refuseOutside(absolute, path);
    try {
      return await this.#openExisting(absolute, path);
    } catch (error) {
      if (!create || !isSystemError(error, "ENOENT") || dirname(absolute) === absolute) throw error;
    }
    await using parent = await this.openDirectory(dirname(absolute), { create });
    const made = join(parent.anchor, absolute.slice(dirname(absolute).length).replace(/^\/+/, ""));
    let isNew = true;
    try {
      await mkdir(made, { mode: 0o755 });
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error; // somebody else made it at the same time
      isNew = false;
    }
    return await this.#openExisting(made, path, isNew ? this.owner : undefined);
  }

  /**
   * Opens a file, or whatever it is, for reading.
   * @param shownPath - What the user called it, when `path` is an anchored one. @throws as `openDirectory`.
   */
  async openFile(path: string, shownPath = path): Promise<FileHandle> {
    const absolute = this.resolve(path);
    await this.#refuseOutside(this.resolve(shownPath), shownPath);
    // Without O_NONBLOCK the opening of a named pipe waits for a writer, perhaps for ever.
    const handle = await open(absolute, constants.O_RDONLY | constants.O_NONBLOCK);
    return (await this.#checked(handle, shownPath)).handle;
  }

  async #openExisting(absolute: string, path: string, owner?: FileOwner): Promise<SafeDirectory> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    const { handle, realPath } = await this.#checked(await open(absolute, flags), path);
    try {
      // By the handle: what a name leads to may have been exchanged since.
      if (owner !== undefined) await handle.chown(owner.uid, owner.gid);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return {
      anchor: `/proc/self/fd/${handle.fd}`,
      realPath,
      sync: () => syncOpenDirectory(handle),
      async [Symbol.asyncDispose]() {
        await handle.close();
      },
    };
  }

  /** Before anything is opened, so that not even the existence of what is outside can be learnt. */
  async #refuseOutside(absolute: string, path: string): Promise<void> {
    if ([this.home, ...this.#shared].some((root) => isInside(root, absolute))) return;
    if ((await this.#findRealRoots()).some((root) => isInside(root, absolute))) return;
    throw refuseOutside(path);
  }

  async #findRealRoots(): Promise<string[]> {
    const real = (path: string): Promise<string> => realpath(path).catch(() => path);
    const home = join(await real(this.#base), relative(this.#base, this.home));
    return [home, ...(await Promise.all(this.#shared.map(real)))];
  }

  async #checked(
    handle: FileHandle,
    path: string,
  ): Promise<{ readonly handle: FileHandle; readonly realPath: string }> {
    try {
      const realPath = await readlink(`/proc/self/fd/${handle.fd}`);
      if ((await this.#findRealRoots()).some((root) => isInside(root, realPath))) return { handle, realPath };
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    throw refuseOutside(path);
  }
}

function refuseOutside(path: string): FileError {
  return new FileError("FILE_NAME_REFUSED", `\`${path}\` leads out of your directory.`, {
    hint: "Use a path inside your own directory.",
    context: { path },
  });
}

function isInside(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === "" || (way !== ".." && !way.startsWith("../") && !isAbsolute(way));
}

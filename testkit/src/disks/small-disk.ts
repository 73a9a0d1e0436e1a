import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, statfs, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A file system of its own that is soon full. Needs root and Linux. */
export class SmallDisk implements AsyncDisposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  static async mount({ sizeBytes, files }: { sizeBytes: number; files?: number }): Promise<SmallDisk> {
    const path = await mkdtemp(join(tmpdir(), "scarf-small-disk-"));
    const options = [`size=${sizeBytes}`, "mode=755", ...(files === undefined ? [] : [`nr_inodes=${files}`])];
    await execute("mount", ["-t", "tmpfs", "-o", options.join(","), "tmpfs", path]);
    return new SmallDisk(path);
  }

  /** Leaves no byte. @returns what takes the room. */
  async fill(): Promise<string> {
    const { bavail, bsize } = await statfs(this.path);
    const path = join(this.path, "ballast");
    await writeFile(path, Buffer.alloc(bavail * bsize, 1)).catch(() => undefined);
    return path;
  }

  /** Leaves no file to be made, while there is room for bytes. @returns what takes them. */
  async fillWithFiles(): Promise<readonly string[]> {
    const paths: string[] = [];
    for (;;) {
      const path = join(this.path, `empty-${paths.length}`);
      const made = await writeFile(path, "").then(
        () => true,
        () => false,
      );
      if (!made) return paths;
      paths.push(path);
    }
  }

  /** Files below it, by their paths from it. */
  async list(): Promise<readonly string[]> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  }

  /** Programs that still end on it (the embedded engine) lose nothing: the mount goes when the last of them has gone. */
  async [Symbol.asyncDispose](): Promise<void> {
    await execute("umount", ["--lazy", this.path]);
    await rm(this.path, { recursive: true, force: true });
  }
}

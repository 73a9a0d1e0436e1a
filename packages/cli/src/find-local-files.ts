import { readdir, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { FileToUpload } from "scarf-tomo";

/** The files that are meant: a directory stands for all that is in it, and keeps its name there. What can't be read is told when it is sent. */
export async function findLocalFiles(paths: readonly string[]): Promise<readonly FileToUpload[]> {
  const files: FileToUpload[] = [];
  for (const path of paths) {
    const before = files.length;
    if (await isDirectory(path)) await addTree(files, path, basename(resolve(path)));
    // An empty directory is no file, and is told as such.
    if (files.length === before) files.push({ localPath: path });
  }
  return files;
}

async function addTree(files: FileToUpload[], path: string, directory: string): Promise<void> {
  const names = (await readdir(path)).toSorted();
  // Files first: those of one directory are sent together.
  const below: string[] = [];
  for (const name of names) {
    if (await isDirectory(join(path, name))) below.push(name);
    else files.push({ localPath: join(path, name), directory });
  }
  for (const name of below) await addTree(files, join(path, name), `${directory}/${name}`);
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

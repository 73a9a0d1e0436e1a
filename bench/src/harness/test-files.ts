import { randomBytes } from "node:crypto";
import { mkdir, open } from "node:fs/promises";
import { join } from "node:path";

export const mebibyte = 2 ** 20;

/** Files of random bytes, the same in each: nothing on the way can make them smaller. */
export async function makeFiles(
  folder: string,
  count: number,
  sizeBytes: number,
): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const block = randomBytes(Math.min(sizeBytes, 8 * mebibyte));
  const paths = Array.from({ length: count }, (_, index) => join(folder, `file-${index}.bin`));
  for (const path of paths) {
    const file = await open(path, "w");
    for (let at = 0; at < sizeBytes; at += block.length)
      await file.write(block, 0, Math.min(block.length, sizeBytes - at));
    await file.close();
  }
  return paths;
}

/** A file that has its size and takes no space: for more bytes than the disk can take. */
export async function makeSparseFile(path: string, sizeBytes: number): Promise<string> {
  const file = await open(path, "w");
  await file.truncate(sizeBytes);
  await file.close();
  return path;
}

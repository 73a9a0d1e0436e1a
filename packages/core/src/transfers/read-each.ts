import { isScarfError } from "../errors/index.js";
import type { FileReading } from "../model/index.js";

/**
 * `JobFiles.readMany` by one reading after the other. Each is asked for when its turn comes; the context of an error has its `path`,
 * so that whoever catches it can tell which file it was.
 */
export async function* readEach(
  paths: readonly string[],
  read: (path: string) => Promise<FileReading>,
): AsyncGenerator<FileReading & { readonly path: string }, void, undefined> {
  for (const path of paths) {
    let reading: FileReading;
    try {
      reading = await read(path);
    } catch (error) {
      if (isScarfError(error) && !("path" in error.context))
        Object.defineProperty(error, "context", { value: { ...error.context, path } });
      throw error;
    }
    yield { path, ...reading };
  }
}

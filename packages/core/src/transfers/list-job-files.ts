import { FileError, isScarfError, type ScarfError } from "../errors/index.js";
import { nearNames } from "../errors/near-names.js";
import type { RemoteFile } from "../model/index.js";
import type { CallOptions, JobFiles } from "../resources/compute-resource.js";

/** A file to download. */
export interface JobFile {
  /** Path within the job's directory. */
  readonly path: string;
  readonly sizeBytes: number;
  /** False: nobody knows the size before the file is here. */
  readonly sizeKnown?: false;
}

export interface JobFileList {
  readonly files: readonly JobFile[];
  readonly failures: readonly { readonly name: string; readonly error: ScarfError }[];
}

/** A tree deeper than this is a loop of links, or meant to hurt. */
const mostLevels = 32;

/**
 * Finds all files of a job, or those named (directories with all that is in them).
 * What can't be had is in `failures`. @throws when not even the job's directory can be listed.
 */
export async function listJobFiles(
  jobFiles: JobFiles,
  names: readonly string[] | undefined,
  { signal }: CallOptions,
): Promise<JobFileList> {
  const call = signal === undefined ? {} : { signal };
  const files = new Map<string, JobFile>();
  const failures: JobFileList["failures"][number][] = [];
  const lists = new Map<string, Promise<readonly RemoteFile[]>>();
  const list = (directory: string): Promise<readonly RemoteFile[]> => {
    const known = lists.get(directory) ?? jobFiles.list(directory === "" ? undefined : directory, call);
    lists.set(directory, known);
    return known;
  };
  const add = async (entry: RemoteFile, path: string, level: number): Promise<void> => {
    if (entry.kind === "file" && entry.readable)
      files.set(path, {
        path,
        sizeBytes: entry.sizeBytes,
        ...(entry.sizeKnown === false && { sizeKnown: false }),
      });
    else if (!entry.readable) fail(path, unreadable(path));
    else if (level >= mostLevels) fail(path, tooDeep(path));
    else
      try {
        for (const child of await list(path)) await add(child, `${path}/${child.name}`, level + 1);
      } catch (error) {
        if (!isScarfError(error) || isEndOfAll(error)) throw error;
        fail(path, error);
      }
  };
  const fail = (name: string, error: ScarfError): void => void failures.push({ name, error });

  if (names === undefined) for (const entry of await list("")) await add(entry, entry.name, 1);
  for (const name of new Set(names ?? [])) {
    const path = name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
    const slash = path.lastIndexOf("/");
    const directory = slash === -1 ? "" : path.slice(0, slash);
    try {
      const entries = await list(directory);
      const entry = entries.find((candidate) => candidate.name === path.slice(slash + 1));
      if (entry === undefined) fail(name, missing(name, directory, entries));
      else await add(entry, path, 1);
    } catch (error) {
      if (!isScarfError(error) || isEndOfAll(error) || directory === "") throw error;
      fail(name, error);
    }
  }
  return { files: [...files.values()], failures };
}

function isEndOfAll({ code }: ScarfError): boolean {
  return (
    code === "SESSION_EXPIRED" || code === "NOT_LOGGED_IN" || code === "ABORTED" || code === "JOB_NOT_FOUND"
  );
}

function missing(name: string, directory: string, entries: readonly RemoteFile[]): FileError {
  const prefix = directory === "" ? "" : `${directory}/`;
  const near = nearNames(
    name,
    entries.map((entry) => `${prefix}${entry.name}`),
  );
  return new FileError("FILE_NOT_FOUND", `The job has no file ${name}.`, {
    hint:
      near.length === 0 ? "List the job's files to see what it has." : `Did you mean ${near.join(" or ")}?`,
    context: { path: name },
  });
}

function unreadable(path: string): FileError {
  if (path.includes("\uFFFD"))
    return new FileError("FILE_NAME_REFUSED", `The name of ${path} is not written in UTF-8.`, {
      hint: "It was not downloaded. Rename it on the resource if you need it.",
      context: { path },
    });
  return new FileError("FILE_UNREADABLE", `The resource does not let you read ${path}.`, {
    hint: "Change its permissions on the resource, or ask its owner.",
    context: { path },
  });
}

function tooDeep(path: string): FileError {
  return new FileError(
    "FILE_NAME_REFUSED",
    `The directories in ${path} go deeper than ${mostLevels} levels.`,
    {
      hint: "Pack them into one file on the resource and download that.",
      context: { path },
    },
  );
}

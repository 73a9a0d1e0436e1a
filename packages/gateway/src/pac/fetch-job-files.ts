import { FileError, type RemoteFile, type Session, ValueError } from "scarf-tomo";
import { downloadBody } from "scarf-tomo/wire";
import {
  answerFile,
  answerHeaders,
  downloadFile,
  type FetchOptions,
  openReading,
  type ReadableFile,
} from "./answer-file.js";
import { listJobFiles } from "./list-job-files.js";
import type { PacAnswer } from "./pac-answer.js";
import { type Selection, selectFiles } from "./select-files.js";

/**
 * Opens what a request names, as `selectFiles` understands it.
 * @throws {FileError} a file is not there, is a directory, or may not be read. @throws {ValueError} several, but `raw`.
 */
export async function fetchJobFiles(
  session: Session,
  id: string,
  wanted: string,
  options: FetchOptions,
): Promise<PacAnswer> {
  const selections = await selectFiles(wanted, (directory) => listJobFiles(session, id, directory), options);
  const chosen = choose(selections, wanted, options);
  checkSelections(chosen);
  const files = chosen.flatMap(({ path, file }): ChosenFile[] =>
    file === undefined ? [] : [{ path, file }],
  );
  const [only, ...others] = files;
  if (only !== undefined && others.length === 0) return answerFile(readable(session, id, only), options);
  if (options.form === "raw") {
    const message = "One request for several files needs a client that accepts multipart/mixed.";
    throw new ValueError("USAGE_INVALID", message, { hint: "Fetch the files one by one." });
  }
  if (options.range !== undefined) throw rangeOfSeveral();
  const body = downloadBody(
    files.map((one) =>
      downloadFile(one.file, options, one.file.sizeBytes, async function* () {
        yield* (await openReading(readable(session, id, one), options)).chunks;
      }),
    ),
  );
  return { status: 200, contentType: body.contentType, headers: answerHeaders(options), body };
}

function rangeOfSeveral(): ValueError {
  const message = "A range can be asked of one file only.";
  return new ValueError("USAGE_INVALID", message, { hint: "Fetch the files one by one." });
}

interface ChosenFile {
  readonly path: string;
  readonly file: RemoteFile;
}

/** A raw answer holds one file. Mantid's `417666.output*` means the name before the star, whatever else would fit. */
function choose(
  selections: readonly Selection[],
  wanted: string,
  { form }: FetchOptions,
): readonly Selection[] {
  if (form === "multipart" || selections.length < 2) return selections;
  const name = wanted.trim().replace(/\*$/, "");
  const exact = selections.find(({ file }) => file?.name === name);
  return exact === undefined ? selections : [exact];
}

/** @throws {FileError} one of them can't be fetched: a part of what was asked for would pass for all of it. */
function checkSelections(selections: readonly Selection[]): void {
  if (selections.length === 0) throw notFound("");
  for (const { path, file } of selections) {
    if (file === undefined) throw notFound(path);
    if (file.kind === "directory") {
      throw new FileError("FILE_KIND_WRONG", `${path} is a directory.`, {
        hint: "Fetch the files in it one by one.",
      });
    }
    if (!file.readable) {
      throw new FileError("FILE_UNREADABLE", `You may not read ${path}.`, {
        hint: "Ask its owner for the permission.",
      });
    }
  }
}

function notFound(path: string): FileError {
  const message = path === "" ? "The request names no file." : `The job has no file ${path}.`;
  return new FileError("FILE_NOT_FOUND", message, { hint: "Look at the list of the job's files." });
}

/** Reads at most as much as the list says, also where the resource gives no parts. */
function readable(session: Session, id: string, { path, file }: ChosenFile): ReadableFile {
  return {
    file,
    byteRanges: session.capabilities.byteRanges,
    read: (range, options) => session.jobFiles(id).read(path, range, options),
  };
}

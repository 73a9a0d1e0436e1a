import { hostname } from "node:os";
import { FileError, type Session, type WrittenFile, type ByteSource, type WriteOptions } from "scarf-tomo";
import { decodePercent } from "scarf-tomo/wire";
import type { PacRequest } from "./pac-request.js";

/** Where an upload goes. */
export interface UploadTarget {
  /** `0` = not a job's file. */
  readonly jobId: string;
  /** Relative to the job's (or the user's own) directory, or absolute. */
  readonly directory: string;
}

/**
 * Reads the part `DirName`. pac encodes it (`/work/im%20at`), Mantid and SCARF's Python client don't: a `%20` of Mantid's
 * is part of a name. A host in front (`host1:/work/a`) must be this machine.
 * @throws {FileError} `FILE_NAME_REFUSED`
 */
export function readUploadTarget(request: PacRequest, dirName: string): UploadTarget {
  const jobId = request.rest[0] ?? "0";
  const text = isMantid(request) ? dirName : decodePercent(dirName);
  const [, host, path = text] = /^([A-Za-z0-9][A-Za-z0-9.-]+):(\/.*)$/s.exec(text) ?? [];
  if (host !== undefined && !isThisHost(host)) {
    throw new FileError("FILE_NAME_REFUSED", `Files can't be sent to the host ${host} from here.`, {
      hint: "Leave the host out.",
    });
  }
  if (path.includes("\0") || path.split("/").includes("..")) {
    throw new FileError(
      "FILE_NAME_REFUSED",
      "The directory has .. in it, or a character that no path may have.",
      {
        hint: "Give the directory itself.",
      },
    );
  }
  return { jobId, directory: path };
}

/** Writes into the job's directory for what is below it, else through the user's files, which are kept apart by the resource. */
export function writeToTarget(
  session: Session,
  { jobId, directory }: UploadTarget,
  name: string,
  source: ByteSource,
  options: WriteOptions,
): Promise<WrittenFile> {
  if (jobId === "0" || directory.startsWith("/")) {
    return session.files.write(directory === "" ? "." : directory, name, source, options);
  }
  return session.jobFiles(jobId).write(directory === "" ? "." : directory, name, source, options);
}

export function isMantid({ headers }: PacRequest): boolean {
  return /^MANTID\b/.test(headers["user-agent"] ?? "");
}

function isThisHost(host: string): boolean {
  const own = hostname();
  return host === "localhost" || host === own || host === own.split(".")[0];
}

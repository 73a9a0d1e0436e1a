import { type RemoteFile, type Session, ValueError } from "scarf-tomo";
import { wireHeaders } from "scarf-tomo/wire";
import { joinPath, isSafeRelativePath } from "./safe-path.js";
import type { PacRequest } from "./pac-request.js";
import { parseQuery } from "./split-target.js";

/** The files that a request for a list means: of the job in its path, and directly in the directory `dir` of its query. @throws {ValueError} */
export async function listRequestedFiles(
  session: Session,
  request: PacRequest,
): Promise<readonly RemoteFile[]> {
  const id = request.rest[0] ?? "";
  if (id === "") {
    throw new ValueError("USAGE_INVALID", "The request names no job.", { hint: "Give the id of a job." });
  }
  const directory = (parseQuery(request.query).get("dir") ?? "").replace(/\/+$/, "");
  if (directory !== "" && !isSafeRelativePath(directory, { hidden: knowsEveryName(request) })) {
    throw new ValueError("USAGE_INVALID", "The directory is not below the job's directory.", {
      hint: "Give a path relative to the job's directory, without dots in front.",
    });
  }
  return listJobFiles(session, id, directory);
}

/** Our own client, which decodes names and so can be told every one: hidden files, too, are results that must not be lost. */
export function knowsEveryName(request: Pick<PacRequest, "headers">): boolean {
  return request.headers[wireHeaders.names] === "encoded";
}

/** Files with absolute paths: a list without any slash would be taken for an error message. */
export async function listJobFiles(
  session: Session,
  id: string,
  directory: string,
): Promise<readonly RemoteFile[]> {
  const files = await session.jobFiles(id).list(directory === "" ? undefined : directory);
  if (files.every(({ path }) => isAbsolute(path))) return files;
  const { workingDirectory = "" } = await session.job(id);
  return files.map((file): RemoteFile => {
    const path = joinPath(`${workingDirectory}/`, directory, file.name);
    return isAbsolute(file.path) ? file : Object.assign({}, file, { path });
  });
}

function isAbsolute(path: string): boolean {
  return path.startsWith("/") || /^[A-Za-z]:[\\/]/.test(path);
}

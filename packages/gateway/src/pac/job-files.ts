import { type RemoteFile, type Session, ValueError } from "scarf-tomo";
import { renderJobFiles, wireHeaders } from "scarf-tomo/wire";
import { slashlessError } from "./error-form.js";
import { textAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { isSafeRelativePath, joinPath } from "./safe-path.js";
import { parseQuery } from "./split-target.js";

/** `jobfiles/{jobId}`, and for clients that know it `?dir=SUB`: files directly in the job's directory or in one below it. */
export const jobFiles: PacOperation = {
  errorForm: slashlessError,
  async run(request, desk) {
    const { session, headers } = await requireSession(request, desk);
    const id = request.rest[0] ?? "";
    if (id === "") {
      throw new ValueError("USAGE_INVALID", "The request names no job.", { hint: "Give the id of a job." });
    }
    const directory = (parseQuery(request.query).get("dir") ?? "").replace(/\/+$/, "");
    if (directory !== "" && !isSafeRelativePath(directory)) {
      throw new ValueError("USAGE_INVALID", "The directory is not below the job's directory.", {
        hint: "Give a path relative to the job's directory, without dots in front.",
      });
    }
    const files = await listJobFiles(session, id, directory);
    // Names with a star or a semicolon can be told only to a client that decodes them.
    const encoded = request.headers[wireHeaders.names] === "encoded";
    return textAnswer(renderJobFiles(files, { encoded }), {
      ...headers,
      ...(encoded && { [wireHeaders.names]: "encoded" }),
    });
  },
};

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

import { constants } from "node:fs";
import { access, lstat, stat } from "node:fs/promises";
import { join } from "node:path";
import { FileError, isScarfError, TransferError } from "../errors/index.js";
import type { Session } from "../resources/compute-resource.js";
import { downloadJobFiles, fileSource, uploadFile } from "../transfers/index.js";
import { callOptions, withSession } from "./algorithm-caller.js";
import type { ActionRunners } from "./define-algorithm.js";
import { remoteFileName } from "./remote-file-name.js";
import { reportAs } from "./report-as.js";
import type { ScarfTomoDeclaration } from "./scarf-tomo-declaration.js";

/** Upload and Download. */
export const fileActions: Pick<ActionRunners<ScarfTomoDeclaration>, "Upload" | "Download"> = {
  async Upload(inputs, context) {
    // Before anything is sent, and before anyone is asked to log in for nothing.
    await fileSource(inputs.FileToUpload);
    return withSession(inputs, "Upload", async (session, { retry }) => {
      const sent = await uploadFile(session, inputs.FileToUpload, inputs.DestinationDirectory, {
        ...callOptions(context),
        retry,
        overwrite: (context.given.has("Overwrite") ? inputs.Overwrite : !canSeeFiles(session))
          ? "replace"
          : "error",
        ...reportAs(inputs.FileToUpload, context),
      });
      context.notice(
        `${inputs.FileToUpload} (${sent.sizeBytes} bytes) lies at ${session.resource.id} in ${sent.path}.`,
      );
      return {};
    });
  },

  async Download(inputs, context) {
    await checkTargetDirectory(inputs.LocalDirectory);
    return withSession(inputs, "Download", async (session, { retry }) => {
      const id = inputs.DownloadJobID;
      const wanted = remoteFileName(inputs.RemoteJobFilename);
      const names = wanted === "" ? await plainFiles(session, id, callOptions(context)) : [wanted];
      if (!inputs.Overwrite) await refuseExisting(inputs.LocalDirectory, names);
      const { onProgress } = context;
      const report = await downloadJobFiles(session, id, {
        ...callOptions(context),
        retry,
        directory: inputs.LocalDirectory,
        names,
        overwrite: inputs.Overwrite ? "replace" : "error",
        ...(onProgress !== undefined && {
          onProgress: ({ currentName, ...progress }) => onProgress({ ...progress, file: currentName }),
        }),
      });
      for (const { name, sizeBytes, path } of report.files)
        context.notice(`${name} of job ${id} (${sizeBytes} bytes) lies in ${path}.`);
      const [failure] = report.failures;
      if (failure === undefined && report.files.length === 0) throw noFilesIn(wanted, id, session);
      if (failure === undefined) return {};
      // One file: its own error says it best.
      throw names.length === 1 ? failure.error : someFailed(id, inputs.LocalDirectory, report);
    });
  },
};

/** Where nobody can tell whether a file exists, an upload replaces, as Mantid's did; elsewhere it must be asked for. */
function canSeeFiles({ capabilities }: Session): boolean {
  return capabilities.exclusiveWrite || capabilities.fileBrowsing;
}

/** The files directly in a job's directory. Mantid asked for its directories as if they were files. */
async function plainFiles(
  session: Session,
  id: string,
  options: ReturnType<typeof callOptions>,
): Promise<readonly string[]> {
  const entries = await session.jobFiles(id).list(undefined, options);
  const names = entries.filter(({ kind }) => kind === "file").map(({ name }) => name);
  if (names.length > 0) return names;
  throw new FileError("FILE_NOT_FOUND", `Job ${id} at ${session.resource.id} has no files.`, {
    hint: "A job that has not started yet has none; look again when it runs.",
    context: { resource: session.resource.id, jobId: id },
  });
}

/** A directory is fetched with all that is in it; with nothing in it there is nothing to show for it. */
function noFilesIn(name: string, id: string, { resource }: Session): FileError {
  return new FileError(
    "FILE_KIND_WRONG",
    `${name} of job ${id} at ${resource.id} is a directory without files, not a file; nothing was fetched.`,
    {
      hint: "Leave RemoteJobFilename empty to fetch the files of the job.",
      context: { resource: resource.id, jobId: id, name },
    },
  );
}

/** @throws {FileError} `FILE_NOT_FOUND`, `FILE_KIND_WRONG`, `FILE_UNWRITABLE`. */
async function checkTargetDirectory(directory: string): Promise<void> {
  const details = { hint: "Give a directory of yours that exists.", context: { path: directory } };
  const found = await stat(directory).catch((cause: unknown) => {
    const isThere = cause instanceof Error && "code" in cause && cause.code === "EACCES";
    throw isThere
      ? new FileError("FILE_UNWRITABLE", `You may not look into what LocalDirectory ${directory} lies in.`, {
          ...details,
          cause,
        })
      : new FileError("FILE_NOT_FOUND", `LocalDirectory ${directory} does not exist.`, { ...details, cause });
  });
  if (!found.isDirectory())
    throw new FileError("FILE_KIND_WRONG", `LocalDirectory ${directory} is not a directory.`, details);
  await access(directory, constants.W_OK | constants.X_OK).catch((cause: unknown) => {
    throw new FileError("FILE_UNWRITABLE", `You may not write into LocalDirectory ${directory}.`, {
      ...details,
      cause,
    });
  });
}

/** @throws {FileError} `FILE_EXISTS`: names every file that is in the way. */
async function refuseExisting(directory: string, names: readonly string[]): Promise<void> {
  const found = await Promise.all(
    names.map(async (name) => ((await exists(join(directory, name))) ? [name] : [])),
  );
  const existing = found.flat();
  if (existing.length === 0) return;
  const list =
    existing.length > 5
      ? `${existing.slice(0, 5).join(", ")} and ${existing.length - 5} more`
      : existing.join(", ");
  throw new FileError(
    "FILE_EXISTS",
    `${list} exist${existing.length === 1 ? "s" : ""} already in ${directory}; nothing was fetched.`,
    {
      hint: "Give another LocalDirectory, or Overwrite: true.",
      context: { path: directory, names: existing },
    },
  );
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function someFailed(
  id: string,
  directory: string,
  { files, failures }: Awaited<ReturnType<typeof downloadJobFiles>>,
): Error {
  const first = failures.slice(0, 5).map(({ name, error }) => `${name} (${error.message})`);
  const rest = failures.length > 5 ? ` and ${failures.length - 5} more` : "";
  const code = failures.map(({ error }) => error).find(isScarfError)?.code;
  return new TransferError(
    "TRANSFER_INCOMPLETE",
    `${failures.length} of ${files.length + failures.length} files of job ${id} could not be fetched: ${first.join(", ")}${rest}. The others are complete in ${directory}.`,
    {
      hint: "Fetch them again, one by one with RemoteJobFilename or into another directory.",
      context: { jobId: id, failed: failures.map(({ name }) => name), firstCode: code },
      cause: failures[0]?.error,
    },
  );
}

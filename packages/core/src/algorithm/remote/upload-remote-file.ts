import { FileError, ValueError } from "../../errors/index.js";
import { fileSource, uploadFile } from "../../transfers/index.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { noteFile, type Transaction } from "../transactions/index.js";
import { reportAs } from "../report-as.js";
import { findTransaction, type RemoteCaller } from "./remote-caller.js";
import {
  computeResource,
  localFile,
  overwrite,
  remoteFile,
  remoteVersion,
  transactionId,
  userName,
} from "./remote-properties.js";

const declaration = {
  name: "UploadRemoteFile",
  ...remoteVersion,
  documentation:
    "Gives a file to a transaction: its jobs find it under its name in the directory in which they run. Where the cluster's directories can't be seen, it waits here and is sent with each job that is submitted later.",
  properties: [
    computeResource,
    transactionId,
    remoteFile("Name that it gets there; no path."),
    localFile("Full path of the file on this machine."),
    userName,
    overwrite,
  ],
} as const;

/**
 * Mantid's algorithm of this name.
 * @throws {ValueError} `NOT_LOGGED_IN`; `PROPERTY_INVALID`: unknown transaction, a name that is a path or that the cluster can't take.
 * @throws {FileError} `FILE_EXISTS`, `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_KIND_WRONG`. @throws {TransferError}
 */
export const UploadRemoteFile = defineAlgorithm(declaration, async (inputs, context) => {
  const caller = await findTransaction(declaration.name, inputs, context);
  const { session, transactions, transaction, call, retry } = caller;
  const { RemoteFileName: name, LocalFileName: path } = inputs;
  checkName(name);
  if (transaction.directory === undefined) {
    const { sizeBytes } = await fileSource(path);
    await checkTravels(caller, name, path);
    if (!inputs.Overwrite && transaction.files.has(name)) throw exists(name, transaction);
    await transactions.addFile(transaction, name, await noteFile(path));
    context.notice(`${path} (${sizeBytes} bytes) is sent as ${name} with the jobs submitted from now on.`);
    return {};
  }
  const sent = await uploadFile(session, path, transaction.directory, {
    ...call,
    retry,
    remoteName: name,
    overwrite: inputs.Overwrite ? "replace" : "error",
    ...reportAs(path, context),
  });
  await transactions.addFile(transaction, name);
  context.notice(`${path} (${sent.sizeBytes} bytes) lies at ${session.resource.id} in ${sent.path}.`);
  return {};
});

/** Mantid's LSF manager took it for a directory. */
function checkName(name: string): void {
  if (name !== "." && name !== ".." && !/[/\\]/.test(name) && name.trim() !== "") return;
  throw new ValueError(
    "PROPERTY_INVALID",
    `RemoteFileName ${JSON.stringify(name)} is not a plain file name.`,
    {
      hint: "Give the name that the file gets in the transaction, without a directory.",
      context: { property: "RemoteFileName", name },
    },
  );
}

/** Now, and not when a job is submitted: can the resource take a file of this name with a job? */
async function checkTravels({ session, call }: RemoteCaller, name: string, path: string): Promise<void> {
  const attachments = [{ name, source: await fileSource(path) }];
  const problems = await session.validate(
    { task: { kind: "shell", commandLine: "true" }, attachments },
    call,
  );
  const refused = problems.find(
    ({ severity, field }) => severity === "refused" && field.startsWith("attach"),
  );
  if (refused === undefined) return;
  throw new ValueError(
    "PROPERTY_INVALID",
    `${session.resource.id} can't take a file called ${JSON.stringify(name)}: ${refused.message}`,
    { hint: "Give another RemoteFileName.", context: { property: "RemoteFileName", name } },
  );
}

function exists(name: string, { id }: Transaction): FileError {
  return new FileError("FILE_EXISTS", `Transaction ${id} has a file ${name} already.`, {
    hint: "Give another RemoteFileName, or Overwrite: true.",
    context: { transaction: id, name },
  });
}

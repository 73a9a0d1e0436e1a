import { stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { FileError } from "../../errors/index.js";
import { nearNames } from "../../errors/near-names.js";
import { downloadFrom } from "../../transfers/index.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { remoteFileName } from "../remote-file-name.js";
import type { Transaction } from "../transactions/index.js";
import { reportAs } from "../report-as.js";
import { findTransaction } from "./remote-caller.js";
import {
  computeResource,
  localFile,
  overwrite,
  remoteFile,
  remoteVersion,
  transactionId,
  userName,
} from "./remote-properties.js";
import { listTransactionFiles, type TransactionFile } from "./transaction-files.js";

const declaration = {
  name: "DownloadRemoteFile",
  ...remoteVersion,
  documentation: "Fetches one file of a transaction; QueryRemoteFile tells which there are.",
  properties: [
    computeResource,
    transactionId,
    remoteFile("Name of the file; no path."),
    localFile("Full path that it gets on this machine, the file's name included."),
    userName,
    overwrite,
  ],
} as const;

/**
 * Mantid's algorithm of this name. The file appears complete, or not at all.
 * @throws {ValueError} `NOT_LOGGED_IN`; `PROPERTY_INVALID`: unknown transaction.
 * @throws {FileError} `FILE_NOT_FOUND`, `FILE_EXISTS`, `FILE_KIND_WRONG` (the path is a directory), `FILE_UNWRITABLE`. @throws {TransferError}
 */
export const DownloadRemoteFile = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, transaction, call, retry } = await findTransaction(declaration.name, inputs, context);
  const target = resolve(inputs.LocalFileName);
  await refuseDirectory(target, inputs.RemoteFileName);
  const files = await listTransactionFiles(session, transaction, call);
  const file = findFile(files, inputs.RemoteFileName);
  if (file === undefined) throw missing(inputs.RemoteFileName, files, transaction);
  const { byteRanges } = session.capabilities;
  const { sizeBytes } = await downloadFrom(
    { open: (offset) => file.read(offset === 0 ? {} : { offset }, call), byteRanges, retry },
    target,
    {
      ...call,
      expectedSizeBytes: file.sizeBytes,
      overwrite: inputs.Overwrite ? "replace" : "error",
      ...reportAs(file.name, context),
    },
  );
  context.notice(`${file.name} of ${transaction.id} (${sizeBytes} bytes) lies in ${target}.`);
  return {};
});

/** Mantid's LSF manager took the path for a directory; who learnt that must hear it before anything is fetched. */
async function refuseDirectory(target: string, name: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found?.isDirectory() !== true) return;
  throw new FileError("FILE_KIND_WRONG", `LocalFileName ${target} is a directory.`, {
    hint: `Give the path of the file itself, e.g. ${join(target, name)}.`,
    context: { path: target },
  });
}

/** Entries copied from PAC's list, with their stars, are understood too. */
function findFile(files: readonly TransactionFile[], text: string): TransactionFile | undefined {
  return files.find(({ name }) => name === text) ?? files.find(({ name }) => name === remoteFileName(text));
}

function missing(text: string, files: readonly TransactionFile[], transaction: Transaction): FileError {
  const names = files.map(({ name }) => name);
  const near = nearNames(text, names);
  const hint =
    near.length > 0
      ? `Did you mean ${near.join(" or ")}?`
      : transaction.jobs.length === 0
        ? "No job of the transaction has been submitted yet."
        : "QueryRemoteFile lists its files: those of its last job that has any. Has the job ended?";
  return new FileError(
    "FILE_NOT_FOUND",
    `Transaction ${transaction.id} has no file ${JSON.stringify(text)}.`,
    {
      hint,
      context: { transaction: transaction.id, name: text, names: names.slice(0, 20) },
    },
  );
}

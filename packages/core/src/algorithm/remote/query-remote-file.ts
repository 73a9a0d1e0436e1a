import { defineAlgorithm } from "../define-algorithm.js";
import { findTransaction } from "./remote-caller.js";
import { computeResource, listOutput, remoteVersion, transactionId, userName } from "./remote-properties.js";
import { listTransactionFiles } from "./transaction-files.js";

const declaration = {
  name: "QueryRemoteFile",
  ...remoteVersion,
  documentation:
    "Lists the files of a transaction: those of its last job that has any, and those in its own directory.",
  properties: [
    computeResource,
    transactionId,
    listOutput("FileNames", "Names of the files, as DownloadRemoteFile takes them."),
    userName,
  ],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`; `PROPERTY_INVALID`: unknown transaction. */
export const QueryRemoteFile = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, transaction, call } = await findTransaction(declaration.name, inputs, context);
  const files = await listTransactionFiles(session, transaction, call);
  if (files.length === 0 && transaction.files.size > 0)
    context.notice(`${[...transaction.files.keys()].join(", ")}: sent with the transaction's next job.`);
  return { FileNames: files.map(({ name }) => name) };
});

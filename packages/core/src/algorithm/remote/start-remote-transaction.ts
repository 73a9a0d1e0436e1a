import type { CallOptions, Session } from "../../resources/compute-resource.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { newTransactionId } from "../transactions/index.js";
import { findRemoteCaller } from "./remote-caller.js";
import { computeResource, remoteVersion, textOutput, userName } from "./remote-properties.js";

const declaration = {
  name: "StartRemoteTransaction",
  ...remoteVersion,
  documentation: "Begins a transaction: jobs and files that belong together.",
  properties: [
    computeResource,
    textOutput("TransactionID", "Id of the new transaction. No other one ever has the same."),
    userName,
  ],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`. */
export const StartRemoteTransaction = defineAlgorithm(declaration, async (inputs, context) => {
  const { session, owner, transactions, call } = await findRemoteCaller(declaration.name, inputs, context);
  const id = newTransactionId();
  await transactions.start(id, owner, await makeDirectory(session, id, call));
  context.notice(`Transaction ${id} of ${owner.userName} at ${owner.resourceId} has begun.`);
  return { TransactionID: id };
});

/** Absolute path of the transaction's own directory; undefined where the resource's directories can't be seen. */
async function makeDirectory(session: Session, id: string, call: CallOptions): Promise<string | undefined> {
  if (!session.capabilities.fileBrowsing) return undefined;
  const path = `transactions/${id}`;
  await session.files.makeDirectory(path, call);
  return (await session.files.stat(path, call)).path;
}

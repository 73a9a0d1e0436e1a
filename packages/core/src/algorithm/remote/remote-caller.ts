import { isScarfError, type ScarfError, ValueError } from "../../errors/index.js";
import type { CallOptions, ComputeResource, Session } from "../../resources/compute-resource.js";
import { algorithmEnvironment, type AlgorithmEnvironment } from "../algorithm-environment.js";
import type { AlgorithmCallOptions } from "../define-algorithm.js";
import type { Transaction, TransactionOwner } from "../transactions/index.js";

/** Who calls, with the session of that user. */
export interface RemoteCaller extends AlgorithmEnvironment {
  readonly session: Session;
  readonly owner: TransactionOwner;
  /** For the calls of the session. */
  readonly call: CallOptions;
}

interface WhoInputs {
  readonly ComputeResource: string;
  readonly UserName: string;
}

/**
 * The caller's session, before anything else is looked at.
 * @throws {ConfigError} `RESOURCE_UNKNOWN`, `CONFIG_INVALID`. @throws {ValueError} `NOT_LOGGED_IN`: says how to log in.
 */
export async function findRemoteCaller(
  algorithmName: string,
  inputs: WhoInputs,
  { signal }: AlgorithmCallOptions,
): Promise<RemoteCaller> {
  const environment = await algorithmEnvironment();
  const { sessions } = environment;
  const resource = sessions.resource(inputs.ComputeResource);
  const userName = inputs.UserName.trim() || (await sessions.lastUser(resource.id));
  const session = await sessions.session(resource.id, userName).catch((error: unknown) => {
    throw isScarfError(error) && error.code === "NOT_LOGGED_IN"
      ? notLoggedIn(algorithmName, resource, userName, error)
      : error;
  });
  const owner = { resourceId: resource.id, userName: session.userName };
  return { ...environment, session, owner, call: signal === undefined ? {} : { signal } };
}

/** As `findRemoteCaller`, and the named transaction. @throws {ValueError} `PROPERTY_INVALID`: the caller has none of that id. */
export async function findTransaction(
  algorithmName: string,
  inputs: WhoInputs & { readonly TransactionID: string },
  options: AlgorithmCallOptions,
): Promise<RemoteCaller & { readonly transaction: Transaction }> {
  const caller = await findRemoteCaller(algorithmName, inputs, options);
  return { ...caller, transaction: await caller.transactions.find(inputs.TransactionID, caller.owner) };
}

export function notLoggedIn(
  algorithmName: string,
  resource: ComputeResource,
  userName: string | undefined,
  cause: ScarfError,
): ValueError {
  const user = userName === undefined ? "…" : JSON.stringify(userName);
  const password = resource.capabilities.password ? ", Password: …" : "";
  const call = `{ ComputeResource: ${JSON.stringify(resource.id)}, UserName: ${user}${password} }`;
  const command = `scarf login --resource ${resource.id}${userName === undefined ? "" : ` --user ${userName}`}`;
  return new ValueError(
    "NOT_LOGGED_IN",
    `${cause.message.replace(/\.$/, "")}, so ${algorithmName} was not done. Log in first, with Authenticate.`,
    {
      hint: `Call Authenticate(${call}), or run: ${command}`,
      context: { resource: resource.id, userName, algorithm: algorithmName },
      cause,
    },
  );
}

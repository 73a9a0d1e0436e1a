import { isScarfError, type ScarfError, ValueError } from "../errors/index.js";
import type { CallOptions, ComputeResource, Session } from "../resources/compute-resource.js";
import { algorithmEnvironment, type AlgorithmEnvironment } from "./algorithm-environment.js";
import type { AlgorithmCallOptions } from "./define-algorithm.js";
import { missingProperty } from "./read-inputs.js";
import { defaultComputeResource, scarfTomoDeclaration } from "./scarf-tomo-declaration.js";

/** Who calls, and where. */
export interface Caller extends AlgorithmEnvironment {
  readonly resource: ComputeResource;
  readonly userName: string;
}

interface WhoInputs {
  readonly UserName: string;
  readonly ComputeResource: string;
}

/**
 * Finds out who calls. Without a user name it is the user of the last call for the same resource.
 * @throws {ValueError} `PROPERTY_MISSING`. @throws {ConfigError} `RESOURCE_UNKNOWN`, `CONFIG_INVALID`.
 */
export async function findCaller(inputs: WhoInputs, action: string): Promise<Caller> {
  const environment = await algorithmEnvironment();
  const { sessions } = environment;
  const resource = sessions.resource(inputs.ComputeResource);
  const userName = inputs.UserName.trim() || (await sessions.lastUser(resource.id));
  if (userName === undefined) throw missingProperty(scarfTomoDeclaration, "UserName", action);
  return { ...environment, resource, userName };
}

/** Works with the caller's session. @throws {ValueError} `NOT_LOGGED_IN`: says who, where, and how to log in. */
export async function withSession<Result>(
  inputs: WhoInputs,
  action: string,
  work: (session: Session, caller: Caller) => Promise<Result>,
): Promise<Result> {
  const caller = await findCaller(inputs, action);
  try {
    return await work(await caller.sessions.session(caller.resource.id, caller.userName), caller);
  } catch (error) {
    throw isScarfError(error) && error.code === "NOT_LOGGED_IN" ? notLoggedIn(caller, action, error) : error;
  }
}

export function notLoggedIn({ userName, resource }: Caller, action: string, cause: ScarfError): ValueError {
  const where =
    resource.id === defaultComputeResource ? "" : `, ComputeResource: ${JSON.stringify(resource.id)}`;
  const password = resource.capabilities.password ? ", Password: …" : "";
  const call = `{ Action: "LogIn", UserName: ${JSON.stringify(userName)}${password}${where} }`;
  return new ValueError(
    "NOT_LOGGED_IN",
    `${cause.message.replace(/\.$/, "")}, so ${action} was not done. Log in first, with the action LogIn.`,
    {
      hint: `Call SCARFTomoReconstruction(${call}), or run: scarf login --resource ${resource.id} --user ${userName}`,
      context: { resource: resource.id, userName, action },
      cause,
    },
  );
}

export function callOptions({ signal }: AlgorithmCallOptions): CallOptions {
  return signal === undefined ? {} : { signal };
}

import { isScarfError } from "../../errors/index.js";
import { algorithmEnvironment } from "../algorithm-environment.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { notLoggedIn } from "./remote-caller.js";
import { accountName, computeResource, remoteVersion } from "./remote-properties.js";

const declaration = {
  name: "Logout",
  ...remoteVersion,
  documentation: "Ends a session. Jobs go on, and transactions wait for the user's next session.",
  properties: [computeResource, accountName],
} as const;

/** Mantid's algorithm of this name. @throws {ValueError} `NOT_LOGGED_IN`. Throws too if the cluster could not be told; here the session has ended. */
export const Logout = defineAlgorithm(declaration, async (inputs, context) => {
  const { signal } = context;
  const { sessions } = await algorithmEnvironment();
  const resource = sessions.resource(inputs.ComputeResource);
  const userName = inputs.UserName.trim();
  const report = await sessions
    .logOut(resource.id, userName, signal === undefined ? {} : { signal })
    .catch((error: unknown) => {
      throw isScarfError(error) && error.code === "NOT_LOGGED_IN"
        ? notLoggedIn(declaration.name, resource, userName, error)
        : error;
    });
  // The session is gone here in any case. That the cluster still has it is something the user must hear.
  if (!report.serverTold && report.error !== undefined) throw report.error;
  context.notice(`${userName} is logged out at ${resource.id}.`);
  return {};
});

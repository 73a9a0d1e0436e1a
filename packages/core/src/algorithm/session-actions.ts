import { isScarfError } from "../errors/index.js";
import { callOptions, findCaller, notLoggedIn } from "./algorithm-caller.js";
import { algorithmEnvironment } from "./algorithm-environment.js";
import type { ActionRunners } from "./define-algorithm.js";
import { missingProperty } from "./read-inputs.js";
import { scarfTomoDeclaration, type ScarfTomoDeclaration } from "./scarf-tomo-declaration.js";

/** LogIn, LogOut and Ping. */
export const sessionActions: Pick<ActionRunners<ScarfTomoDeclaration>, "LogIn" | "LogOut" | "Ping"> = {
  async LogIn(inputs, context) {
    const { sessions, resource, userName } = await findCaller(inputs, "LogIn");
    const password = inputs.Password;
    if (password === "" && resource.capabilities.password)
      throw missingProperty(scarfTomoDeclaration, "Password", "LogIn");
    await sessions.logIn(
      resource.id,
      { userName, ...(password !== "" && { password }) },
      callOptions(context),
    );
    context.notice(`${userName} is logged in at ${resource.id}.`);
    return {};
  },

  async LogOut(inputs, context) {
    const caller = await findCaller(inputs, "LogOut");
    const { sessions, resource, userName } = caller;
    const report = await sessions
      .logOut(resource.id, userName, callOptions(context))
      .catch((error: unknown) => {
        throw isScarfError(error) && error.code === "NOT_LOGGED_IN"
          ? notLoggedIn(caller, "LogOut", error)
          : error;
      });
    // The session is gone here in any case. That the cluster still has it is something the user must hear.
    if (!report.serverTold && report.error !== undefined) throw report.error;
    context.notice(`${userName} is logged out at ${resource.id}.`);
    return {};
  },

  async Ping(inputs, context) {
    const { sessions } = await algorithmEnvironment();
    const resource = sessions.resource(inputs.ComputeResource);
    const userName = inputs.UserName.trim();
    if (userName !== "") await sessions.rememberUser(resource.id, userName);
    const { message, roundTripSeconds } = await resource.ping(callOptions(context));
    context.notice(`${resource.id} answered after ${roundTripSeconds.toFixed(3)} s: ${message.trim()}`);
    return {};
  },
};

import { algorithmEnvironment } from "../algorithm-environment.js";
import { defineAlgorithm } from "../define-algorithm.js";
import { missingProperty } from "../read-inputs.js";
import { accountName, anyText, computeResource, remoteVersion } from "./remote-properties.js";

const declaration = {
  name: "Authenticate",
  ...remoteVersion,
  documentation:
    "Logs in on a compute resource. Other users who are logged in there stay so, and so do their transactions.",
  properties: [
    computeResource,
    accountName,
    {
      name: "Password",
      direction: "input",
      type: "text",
      default: "",
      validator: anyText,
      masked: true,
      documentation:
        "Password of the account; not needed where the resource asks for none. It is used for the log-in and kept nowhere.",
    },
  ],
} as const;

/** Mantid's algorithm of this name. @throws {AuthError} `AUTH_FAILED`, `LOGIN_RATE_LIMITED`. @throws {ValueError} `PROPERTY_MISSING`. */
export const Authenticate = defineAlgorithm(declaration, async (inputs, context) => {
  const { signal } = context;
  const { sessions } = await algorithmEnvironment();
  const resource = sessions.resource(inputs.ComputeResource);
  const [userName, password] = [inputs.UserName.trim(), inputs.Password];
  if (userName === "") throw missingProperty(declaration, "UserName", declaration.name);
  if (password === "" && resource.capabilities.password)
    throw missingProperty(declaration, "Password", declaration.name);
  const credentials = { userName, ...(password !== "" && { password }) };
  await sessions.logIn(resource.id, credentials, signal === undefined ? {} : { signal });
  context.notice(`${userName} is logged in at ${resource.id}.`);
  return {};
});

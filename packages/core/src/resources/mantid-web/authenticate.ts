import { AuthError, SchedulerError, ValueError } from "../../errors/index.js";
import { linuxFileName, wireHeaders } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { maskSecret } from "../mask-secret.js";
import { sentence } from "../session-errors.js";
import { readCookies } from "./cookies.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { saidBy } from "./refusals.js";

interface Authenticated {
  readonly cookies: string;
  /** What the resource behind our gateway can do. */
  readonly declared: string | undefined;
}

/** HTTP Basic. @throws {AuthError} `AUTH_FAILED`. @throws {ValueError} `PROPERTY_INVALID`: the name can't be sent. */
export async function authenticate(
  service: MantidWebService,
  { userName, password }: { readonly userName: string; readonly password: string },
  { signal }: CallOptions,
): Promise<Authenticated> {
  const { resourceId } = service.who;
  const context = { resource: resourceId, user: userName };
  if (userName.includes(":") || linuxFileName(userName.replaceAll("/", "")) === undefined) {
    throw new ValueError(
      "PROPERTY_INVALID",
      `${JSON.stringify(userName)} can't be a user name of ${resourceId}.`,
      {
        hint: "Give a name without colons and control characters.",
        context,
      },
    );
  }
  const credentials = Buffer.from(`${userName}:${password}`, "utf8").toString("base64");
  const answer = await service.open({
    call: "authenticate",
    headers: { Authorization: `Basic ${credentials}` },
    ownConnection: true,
    signal,
    doing: "log in",
    anonymous: true,
    explain: (refusal) => {
      if (refusal.httpStatus !== 401 && refusal.httpStatus !== 403) return undefined;
      const said = maskSecret(maskSecret(saidBy(refusal), password), credentials);
      return new AuthError(
        "AUTH_FAILED",
        `${resourceId} did not accept user name and password of ${userName}${said === "" ? "." : `: ${sentence(said)}`}`,
        { hint: "Type both again; the case of letters matters.", context },
      );
    },
  });
  answer.discard();
  const cookies = readCookies(answer.setCookies);
  if (cookies !== undefined && cookies !== "")
    return { cookies, declared: answer.headers[wireHeaders.capabilities] };
  throw new SchedulerError("OUTPUT_UNREADABLE", `${resourceId} accepted the log-in but gave no session.`, {
    hint: "Check the address of the resource (such as https://host/MantidRemote): scarf resource show.",
    context,
  });
}

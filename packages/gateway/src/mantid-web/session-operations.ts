import { AuthError, isScarfError } from "scarf-tomo";
import { decodeText, mantidApiVersion, mantidExtensions, renderServiceInfo } from "scarf-tomo/wire";
import { openSession } from "../pac/open-session.js";
import { jsonAnswer } from "./answers.js";
import {
  type MantidDesk,
  type MantidOperation,
  type MantidRequest,
  requireMantidUser,
} from "./mantid-request.js";
import { renderSessionCookie } from "./session-cookie.js";
import { submitVariables } from "./submit-variables.js";

/** `info`: the one call without log-in. */
export const info: MantidOperation = {
  method: "GET",
  async run(request, desk) {
    const authenticatedAs = await findUserName(request, desk);
    return jsonAnswer(
      renderServiceInfo({
        apiVersion: mantidApiVersion,
        extensions: Object.values(mantidExtensions),
        submitVariables,
        ...(authenticatedAs !== undefined && { authenticatedAs }),
      }),
    );
  },
};

async function findUserName(request: MantidRequest, desk: MantidDesk): Promise<string | undefined> {
  try {
    return (await requireMantidUser(request, desk, {})).userName;
  } catch (error) {
    if (isScarfError(error)) return undefined;
    throw error;
  }
}

/** `authenticate`: HTTP Basic. One cookie carries the session: Mantid keeps only those of the last answer that had any. */
export const authenticate: MantidOperation = {
  method: "GET",
  audited: "log-in",
  async run(request, desk, audit) {
    const { token, headers } = await openSession(readBasic(request), request, desk, audit);
    const isSecure = request.origin.startsWith("https:");
    return jsonAnswer("{}", { headers: { ...headers, "set-cookie": renderSessionCookie(token, isSecure) } });
  },
};

/** @throws {AuthError} `AUTH_FAILED`: there are none. */
function readBasic({ headers }: MantidRequest): { readonly userName: string; readonly password: string } {
  const encoded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(headers.authorization ?? "")?.[1] ?? "";
  const text = decodeText(Buffer.from(encoded, "base64"));
  const colon = text.indexOf(":");
  if (colon > 0) return { userName: text.slice(0, colon), password: text.slice(colon + 1) };
  throw new AuthError("AUTH_FAILED", "The log-in has no user name or no password.", {
    hint: "Send both by HTTP Basic authentication.",
  });
}

import { ValueError } from "scarf-tomo";
import { renderCertificateLogonAnswer, renderLogonAnswer, renderTokenPage } from "scarf-tomo/wire";
import { slashlessError, textError, xmlError } from "./error-form.js";
import { closeSession, logOn, openSession } from "./open-session.js";
import { rawXmlAnswer, textAnswer } from "./pac-answer.js";
import { type PacOperation, readText } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { parseForm, parseQuery, parseRawQuery } from "./split-target.js";

/** `logon`: the cookie is ignored, be it empty or of an ended session. */
export const logon: PacOperation = {
  audited: "log-in",
  errorForm: xmlError("User"),
  async run(request, desk, audit) {
    const result = await logOn(request, desk, audit);
    const document =
      result.kind === "token"
        ? renderLogonAnswer({ kind: "token", token: result.token })
        : renderCertificateLogonAnswer(result.userName, "xml");
    return rawXmlAnswer(document, result.headers);
  },
};

/** SCARF's page `cgi-bin/token.py`. Its query may hold a password, so it must never be logged. */
export const tokenPage: PacOperation = {
  audited: "log-in",
  errorForm: textError,
  async run(request, desk, audit) {
    const forms =
      request.method === "POST"
        ? [parseForm(await readText(request.body, desk.limits.requestBytes))]
        : queryForms(request);
    let failure: unknown = new ValueError("PROPERTY_MISSING", "User name or password is missing.", {
      hint: "Give both: username=… and password=…",
    });
    for (const form of forms) {
      const userName = form.get("username") ?? "";
      const password = form.get("password") ?? "";
      if (userName === "" || password === "") continue;
      try {
        const { token, headers } = await openSession({ userName, password }, request, desk, audit);
        return textAnswer(renderTokenPage(request.baseUrl, token), headers);
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  },
};

/**
 * Mantid's SCARFTomoReconstruction puts the values into the URL without any encoding and can be told by its double slash;
 * its job manager encodes them. In the first case the text as it stands is tried first: `%41` may be part of a password.
 */
function queryForms({ query, doubleSlash }: PacRequest): readonly ReadonlyMap<string, string>[] {
  const decoded = parseQuery(query);
  if (!doubleSlash || !query.includes("%")) return [decoded];
  return [parseRawQuery(query), decoded];
}

/** `logout`: exactly the two bytes `ok`; pac's Python 3 client crashes on anything else. */
export const logout: PacOperation = {
  audited: "log-out",
  errorForm: slashlessError,
  async run(request, desk, audit) {
    await closeSession(request, desk, audit);
    return textAnswer("ok");
  },
};

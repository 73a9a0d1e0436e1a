import { randomUUID } from "node:crypto";
import { ValueError } from "scarf-tomo";
import { renderCertificateLogonAnswer, renderWsLogonAnswer } from "scarf-tomo/wire";
import { closeSession, logOn } from "../open-session.js";
import { readProof } from "../read-proof.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

/** `logon`, the body as in the legacy generation. A refusal is 403: clients look at the status only. */
export const logon = wsOperation({ audited: "log-in", method: "POST" }, async (request, desk, audit) => {
  const result = await logOn(request, desk, audit);
  if (result.kind === "certificate") {
    const { userName, headers } = result;
    return wsAnswer(request, (format) => renderCertificateLogonAnswer(userName, format), headers);
  }
  const { token, headers } = result;
  // IBM's JSON has it, for its own browser pages. Nothing asks for it here: the token is in no cookie that a browser keeps.
  const csrfToken = randomUUID();
  return wsAnswer(request, (format) => renderWsLogonAnswer({ token, csrfToken }, format), headers);
});

/** `logout`: an empty body. */
export const logout = wsOperation({ audited: "log-out", method: "POST" }, async (request, desk, audit) => {
  if (readProof(request) === undefined) {
    throw new ValueError("USAGE_INVALID", "No token came with the request, so there is nothing to end.", {
      hint: "Send the token of the session in the cookie platform_token.",
    });
  }
  await closeSession(request, desk, audit);
  return wsAnswer(request, () => "");
});

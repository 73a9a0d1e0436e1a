import { AuthError } from "scarf-tomo";
import type { PacOperation } from "../pac-operation.js";
import { wsError, wsOperation } from "./ws-operation.js";

/** `user` and `users`: no user may change users, whatever their role; pac shows the text of a 403. */
export const userAdministration: PacOperation = wsOperation(
  { audited: "user administration", method: "any" },
  (request, _, audit) => {
    audit.subject = [request.method, ...request.rest].join(" ");
    throw new AuthError("PERMISSION_DENIED", "Users are not managed over the web service here.", {
      hint: "Ask the operator of the service, who does it with: scarf user add, passwd, remove, list",
    });
  },
);

/** Something that Application Center has and this service has not: 404 with the reason. */
export function notOffered(message: string, hint: string): PacOperation {
  return wsOperation({ method: "any" }, (request) => {
    const answer = wsError({ code: "NOT_SUPPORTED", message, hint }, request);
    return Promise.resolve({ ...answer, status: 404 });
  });
}

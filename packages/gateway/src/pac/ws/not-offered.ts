import type { PacOperation } from "../pac-operation.js";
import { wsError, wsOperation } from "./ws-operation.js";

/** Something that Application Center has and this service has not: 404 with the reason. */
export function notOffered(message: string, hint: string): PacOperation {
  return wsOperation({ method: "any" }, (request) => {
    const answer = wsError({ code: "NOT_SUPPORTED", message, hint }, request);
    return Promise.resolve({ ...answer, status: 404 });
  });
}

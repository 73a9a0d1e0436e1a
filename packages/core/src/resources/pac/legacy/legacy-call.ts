import type { PacCall } from "../pac-service.js";

/** A request of the legacy generation: `path` is below `webservice/pacclient/`. */
export function legacyCall(call: PacCall): PacCall {
  return { ...call, path: `webservice/pacclient/${call.path}` };
}

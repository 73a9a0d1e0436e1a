import { decodePercent } from "scarf-tomo/wire";
import type { Target } from "./split-target.js";

export interface Route {
  /** Id of the resource named in the path; absent = the default one. */
  readonly resourceId?: string;
  /**
   * `token.py`, or the word after `pacclient/` in lower case; `ws` for the current generation, whose operation stands in
   * `rest`; empty for the root.
   */
  readonly operation: string;
  /** Decoded components that follow the operation. */
  readonly rest: readonly string[];
}

/**
 * Finds the operation that a path means, with every variant that known clients send: without the context path (SCARF's
 * Python client), with it twice (its getJobForName), with slashes too many or at the end, and `ws/pacclient/jobs` of IBM's curl page.
 */
export function routeRequest(
  target: Target,
  contextPath: string,
  resourceIds: readonly string[],
): Route | undefined {
  const segments = target.segments.map(decodePercent);
  const [first] = segments;
  const named = first !== undefined && first !== contextPath && resourceIds.includes(first);
  const resource = named ? { resourceId: first } : {};
  let rest = named ? segments.slice(1) : segments;
  if (rest.length === 0) return { ...resource, operation: "", rest: [] };
  if (rest[0] === "cgi-bin" && rest[1] === "token.py" && rest.length === 2) {
    return { ...resource, operation: "token.py", rest: [] };
  }
  while (rest[0] === contextPath) rest = rest.slice(1);
  const [generation, client, operation = "", ...further] = rest;
  if (generation === "ws" && (client !== "pacclient" || operation !== "jobs")) {
    return { ...resource, operation: "ws", rest: rest.slice(1) };
  }
  if ((generation !== "webservice" && generation !== "ws") || client !== "pacclient") return undefined;
  return { ...resource, operation: operation.toLowerCase(), rest: further };
}

import { isLoopback } from "../resources/is-loopback.js";
import type { ConfigurationProblem } from "./configuration-problem.js";
import type { MantidWebDefinition, ResourceDefinition } from "./resource-definitions.js";

/** Keys of one resource that do not go together; `place` is where its table stands, e.g. `["resources", "SCARF"]`. */
export function findDefinitionProblems(
  definition: ResourceDefinition,
  place: readonly string[],
): readonly ConfigurationProblem[] {
  if (definition.kind === "mantid-web") return clearTextProblems(definition, place);
  if (definition.kind !== "pac") return [];
  const { login, tokenPage, tokenMethod } = definition;
  if (login === "token-page" && tokenPage === undefined)
    return [
      { path: [...place, "login"], message: 'expected a tokenPage beside login = "token-page", found none' },
    ];
  if (login === "logon" && tokenPage !== undefined)
    return [
      { path: [...place, "tokenPage"], message: 'expected no tokenPage beside login = "logon", found one' },
    ];
  if (tokenMethod !== undefined && tokenPage === undefined)
    return [
      { path: [...place, "tokenMethod"], message: "expected a tokenPage beside tokenMethod, found none" },
    ];
  return [];
}

function clearTextProblems(
  { url, insecure = false }: MantidWebDefinition,
  place: readonly string[],
): readonly ConfigurationProblem[] {
  const { protocol, hostname } = new URL(url);
  if (protocol === "https:" || insecure || isLoopback(hostname)) return [];
  const message =
    "expected https://, because users' passwords would cross the network in clear text, found http://. " +
    "Say insecure = true if something else protects the way there";
  return [{ path: [...place, "url"], message }];
}

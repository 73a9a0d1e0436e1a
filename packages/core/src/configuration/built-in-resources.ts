import type { ClientPaths } from "./client-paths.js";
import type { ResourceDefinition } from "./resource-definitions.js";

/** Resources that are there without any configuration file; a file may redefine them. */
export function builtInResources({
  localWorkspace,
}: Pick<ClientPaths, "localWorkspace">): Readonly<Record<string, ResourceDefinition>> {
  return {
    local: { kind: "local", workspace: localWorkspace },
    // As Mantid's facility definition and SCARF's own scripts had it.
    "SCARF@STFC": {
      kind: "pac",
      url: "https://portal.scarf.rl.ac.uk:8443/platform/",
      login: "token-page",
      tokenPage: "https://portal.scarf.rl.ac.uk/cgi-bin/token.py",
      uploadDirectory: "/work/imat",
    },
  };
}

import { realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { ResourceDefinition } from "scarf-tomo";

/** The folder with the launcher `scarf-recon`, so that jobs on this machine find it without an installation. */
function getReconDirectory(): string {
  // From where the program lies: in the CommonJS bundle that this file ends up in, there is no `import.meta.url`.
  const require = createRequire(realpathSync(process.argv[1] ?? "."));
  return join(dirname(require.resolve("scarf-tomo-recon")), "..", "bin");
}

/** A resource of this machine whose jobs find `scarf-recon`; what the configuration puts before PATH still comes first. */
export function withReconProgram(definition: ResourceDefinition): ResourceDefinition {
  if (definition.kind !== "local") return definition;
  return { ...definition, extraPath: [...(definition.extraPath ?? []), getReconDirectory()] };
}

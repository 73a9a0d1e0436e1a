import { defineAlgorithm } from "./define-algorithm.js";
import { fileActions } from "./file-actions.js";
import { jobActions } from "./job-actions.js";
import { scarfTomoDeclaration } from "./scarf-tomo-declaration.js";
import { sessionActions } from "./session-actions.js";

/**
 * Mantid's algorithm of this name: sends tomographic reconstruction jobs to a cluster, looks after them and fetches
 * their results. `docs/reference/SCARFTomoReconstruction.md` describes properties and actions.
 *
 * ```ts
 * await SCARFTomoReconstruction({ Action: "LogIn", UserName: "scarf362", Password: password });
 * const { RemoteJobID } = await SCARFTomoReconstruction({ Action: "SubmitJob", RunnablePath: "/work/imat/recon.py" });
 * ```
 * @throws {ValueError} wrong, unknown or missing inputs; `NOT_LOGGED_IN`. Further errors are those of the resource.
 */
export const SCARFTomoReconstruction = defineAlgorithm(scarfTomoDeclaration, {
  ...sessionActions,
  ...jobActions,
  ...fileActions,
});

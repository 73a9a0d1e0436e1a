import { relative, resolve } from "node:path";
import type { JobSpec } from "../../model/index.js";
import type { LocalProblem } from "./check-spec.js";
import { getUserDirectory, type Workspace } from "./workspace.js";

/**
 * Refuses what would let the engine itself read or write in another user's directory, or among its own files. A job runs as the same
 * system user and could reach them by itself: this is against mistakes, and against a name in a form that somebody else has written.
 */
export function checkPlaces(spec: JobSpec, workspace: Workspace, userName: string): LocalProblem[] {
  const home = getUserDirectory(workspace, userName);
  const { workingDirectory = home, inputPath, outputPath, errorPath } = spec;
  const places = { workingDirectory, inputPath, outputPath, errorPath };
  return Object.entries(places).flatMap(([field, path]): LocalProblem[] => {
    if (path === undefined) return [];
    const absolute = resolve(workingDirectory, path);
    if (!isBelow(workspace.root, absolute) || isBelow(home, absolute)) return [];
    const message = `${path} is in the workspace, but not in your own directory.`;
    return [{ field, message, severity: "refused", code: "SPEC_REJECTED" }];
  });
}

function isBelow(root: string, path: string): boolean {
  const way = relative(root, path);
  return way !== ".." && !way.startsWith("../");
}

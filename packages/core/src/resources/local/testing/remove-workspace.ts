import { existsSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { findEngine } from "../engine-lock.js";
import type { Workspace } from "../workspace.js";

/** Ends the engine of a workspace and removes a directory with all of it; keepers that are just ending may write once more meanwhile. */
export async function removeWorkspace(workspace: Workspace, root: string): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    try {
      const engine = findEngine(workspace);
      if (engine) process.kill(engine.pid, "SIGKILL");
    } catch {
      // Half removed, or the engine has just ended.
    }
    try {
      rmSync(root, { recursive: true, force: true });
    } catch {
      // Somebody made a file after its directory was emptied.
    }
    await sleep(100);
    if (!existsSync(root)) return;
  }
  throw new Error(`${root} does not go away`);
}

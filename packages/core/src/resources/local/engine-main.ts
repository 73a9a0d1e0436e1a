// The engine of one workspace: node engine-main.js WORKSPACE SLOTS IDLE_SECONDS. Started by whoever has work for it.
import { Engine } from "./engine.js";
import { JobStore } from "./job-store.js";
import { openWorkspace } from "./workspace.js";

const [root = "", slots = "", idleSeconds = ""] = process.argv.slice(2);

// Ending a terminal session must not stop the queue. SIGTERM does, and harms nothing.
process.on("SIGHUP", () => {});

const workspace = openWorkspace(root);
const engine = new Engine(workspace, new JobStore(workspace), {
  slots: Number(slots),
  idleSeconds: Number(idleSeconds),
});
await engine.run();

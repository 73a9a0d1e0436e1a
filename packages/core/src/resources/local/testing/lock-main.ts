// Takes the engine's lock and keeps it until it is killed: node lock-main.js WORKSPACE. Prints `held` or `refused`.
import { takeEngineLock } from "../engine-lock.js";
import { openWorkspace } from "../workspace.js";

const lock = takeEngineLock(openWorkspace(process.argv[2] ?? ""), 1);
process.stdout.write(lock ? "held\n" : "refused\n");
if (lock) setInterval(() => {}, 60_000);

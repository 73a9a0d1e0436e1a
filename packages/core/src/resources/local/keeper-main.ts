// One process per running job: node keeper-main.js WORKSPACE JOB RUN, or WORKSPACE JOB adopt.
import { parseJobId } from "./job-record.js";
import { JobStore } from "./job-store.js";
import { Keeper } from "./keeper.js";
import { openWorkspace } from "./workspace.js";

const [root = "", id = "", run = ""] = process.argv.slice(2);

// A terminal that closes, or a signal to the wrong group, must not take the record of the job's end with it.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => {});

const workspace = openWorkspace(root);
const store = new JobStore(workspace);
const ref = parseJobId(id);
const record = ref && store.readRecord(ref.number);
if (!ref || !record) throw new Error(`There is no job ${id} in ${root}`);
const keeper = new Keeper(workspace, store, ref, record);
await (run === "adopt" ? keeper.adopt() : keeper.start(Number(run)));

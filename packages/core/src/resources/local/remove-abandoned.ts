import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { getLiveness } from "../../transports/process/process-identity.js";
import { partPrefix } from "../../transfers/disk/atomic-file.js";
import { type JobRecord, parseJobRecord } from "./job-record.js";
import type { JobStore } from "./job-store.js";
import { readIfThere } from "./read-if-there.js";
import type { Workspace } from "./workspace.js";

/** Directories in `state/new` without a record are at most being begun; older ones were left behind. */
const abandonedMs = 3_600_000;

/** Removes what submitters that were killed have left: jobs that nobody was told of, and that never ran. */
export function removeAbandoned(workspace: Workspace, store: JobStore): void {
  for (const name of readdirSync(workspace.newJobs)) {
    const directory = join(workspace.newJobs, name);
    const text = readIfThere(join(directory, "job.json"));
    const record = text === undefined ? undefined : parseJobRecord(text);
    if (record ? isWriterGone(record) : isOld(directory)) {
      if (record) removeUserDirectory(record);
      rmSync(directory, { recursive: true, force: true });
    }
  }
  for (const number of store.listNumbers()) {
    if (store.readRecord(number)) continue;
    const record = store.readUncommitted(number);
    if (!record || !isWriterGone(record) || store.readRecord(number)) continue;
    removeUserDirectory(record);
    // The number stays used up.
    writeFileSync(join(store.getJobDirectory(number), "abandoned"), "");
    rmSync(join(store.getJobDirectory(number), "job.json"), { force: true });
    rmSync(join(store.getJobDirectory(number), "script"), { force: true });
  }
}

function isWriterGone(record: JobRecord): boolean {
  return getLiveness(record.submitter) !== "alive";
}

function isOld(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats !== undefined && Date.now() - stats.mtimeMs > abandonedMs;
}

/** Under its final name, and under the one it had while it was filled. */
function removeUserDirectory({ directory }: JobRecord): void {
  rmSync(directory, { recursive: true, force: true });
  rmSync(join(dirname(directory), partPrefix + basename(directory)), { recursive: true, force: true });
}

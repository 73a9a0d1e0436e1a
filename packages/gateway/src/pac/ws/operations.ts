import type { PacOperation } from "../pac-operation.js";
import { applicationForm } from "./application-form.js";
import { applicationList, formSchema, wholeForm } from "./application-list.js";
import { hosts, localCluster, queues } from "./cluster.js";
import { download } from "./download.js";
import { jobAction } from "./job-action.js";
import { jobFiles } from "./job-files.js";
import { jobHistory } from "./job-history.js";
import { basicInfo, fullInfo, getBasicInfo, getFullInfo, jobs, summary } from "./jobs.js";
import { logon, logout } from "./log-in.js";
import { notificationRegister, notificationSettings } from "./notifications.js";
import { notOffered } from "./not-offered.js";
import { ping } from "./ping.js";
import { submit } from "./submit.js";
import { upload } from "./upload.js";
import { userCommand } from "./user-command.js";
import { userGroups, users } from "./users.js";
import { version } from "./version.js";

const flows = notOffered(
  "This service knows no flows: it has no Process Manager.",
  "Submit the jobs one by one, with dependencies.",
);
const unknown = notOffered(
  "There is no such address in this service.",
  "Look at the list of calls in the gateway's guide.",
);

/** The current generation of the web service, by what follows `ws/`, in lower case. */
const operations: ReadonlyMap<string, PacOperation> = new Map([
  ["ping", ping],
  ["logon", logon],
  ["logout", logout],
  ["jobs", jobs],
  ["jobs/basicinfo", basicInfo],
  ["jobs/fullinfo", fullInfo],
  ["jobs/summary", summary],
  ["jobs/getbasicinfo", getBasicInfo],
  ["jobs/getfullinfo", getFullInfo],
  ["jobs/submit", submit],
  ["jobs/kill", jobAction("kill")],
  ["jobs/suspend", jobAction("suspend")],
  ["jobs/resume", jobAction("resume")],
  ["jobs/requeue", jobAction("requeue")],
  ["jobfiles", jobFiles],
  ["jobfiles/upload", upload],
  ["jobfiles/download", download],
  ["usercmd", userCommand],
  ["jobhistory", jobHistory],
  ["applications", applicationList],
  ["applications/appparams", applicationForm],
  ["applications/form", wholeForm],
  ["applications/schema", formSchema],
  ["version", version],
  ["notifications/settings", notificationSettings],
  ["notifications/register", notificationRegister],
  ["user", users],
  ["users", users],
  ["usergroups", userGroups],
  ["clusters/local", localCluster],
  ["hosts", hosts],
  ["queues", queues],
  ["flow", flows],
]);

export interface FoundOperation {
  /** For the log; nothing of it was made up by the client. */
  readonly name: string;
  readonly operation: PacOperation;
  /** Components of the path behind the operation. */
  readonly rest: readonly string[];
}

/** What a path behind `ws/` means; an unknown one is an operation too, whose answer says so. */
export function findWsOperation(path: readonly string[]): FoundOperation {
  for (const length of [2, 1]) {
    const key = path.slice(0, length).join("/").toLowerCase();
    const operation = operations.get(key);
    if (operation !== undefined) return { name: `ws/${key}`, operation, rest: path.slice(length) };
  }
  return { name: "ws", operation: unknown, rest: path };
}

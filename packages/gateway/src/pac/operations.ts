import { appParams, appStatus } from "./application-forms.js";
import { download } from "./download.js";
import { jobFiles } from "./job-files.js";
import { jobOperation } from "./job-operation.js";
import { jobs, jobsForName, jobsForStatus } from "./jobs.js";
import { logon, logout, tokenPage } from "./log-in.js";
import type { PacOperation } from "./pac-operation.js";
import { ping } from "./ping.js";
import type { Route } from "./route-request.js";
import { submitApp } from "./submit-app.js";
import { upload } from "./upload.js";
import { uploadChunk } from "./upload-chunk.js";
import { userCommand } from "./user-command.js";
import { findWsOperation, type FoundOperation } from "./ws/operations.js";

/** The legacy generation of the web service, by the word after `pacclient/` in lower case, and SCARF's log-in page. */
const operations: ReadonlyMap<string, PacOperation> = new Map([
  ["ping", ping],
  ["logon", logon],
  ["logout", logout],
  ["jobs", jobs],
  ["jobsforstatus", jobsForStatus],
  ["jobsforname", jobsForName],
  ["submitapp", submitApp],
  ["joboperation", jobOperation],
  ["jobfiles", jobFiles],
  ["file", download],
  ["upfile", upload],
  ["uplargefile", uploadChunk],
  ["usercmd", userCommand],
  ["appstatus", appStatus],
  ["appparams", appParams],
  ["token.py", tokenPage],
]);

/** The operation that a route leads to, of either generation. */
export function findOperation({ operation: name, rest }: Route): FoundOperation | undefined {
  if (name === "ws") return findWsOperation(rest);
  const operation = operations.get(name);
  return operation === undefined ? undefined : { name, operation, rest };
}

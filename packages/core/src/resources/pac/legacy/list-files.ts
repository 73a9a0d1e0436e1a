import { SchedulerError } from "../../../errors/index.js";
import type { JobId } from "../../../model/index.js";
import { isJobFilesMessage, type JobFileEntry, parseJobFiles, wireHeaders } from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { oneLine, sentence } from "../../session-errors.js";
import { encodeJobId } from "../job-id.js";
import type { PacService } from "../pac-service.js";
import { saysNoSuchJob } from "../refusals.js";
import { legacyCall } from "./legacy-call.js";

/** `jobfiles/{id}`: a list, or any text without a slash, which is the error. */
export async function listFiles(
  service: PacService,
  id: JobId,
  directory: string,
  { signal }: CallOptions,
): Promise<readonly JobFileEntry[]> {
  const { who, isGateway } = service;
  const query = directory === "" ? "" : `?dir=${encodeURIComponent(directory)}`;
  const { text, headers } = await service.textAndHeaders(
    legacyCall({
      path: `jobfiles/${encodeJobId(id)}${query}`,
      contentType: "text/plain",
      headers: isGateway ? { [wireHeaders.names]: "encoded" } : {},
      repeatable: true,
      signal,
      doing: `list the files of job ${id}`,
    }),
    64 * 1_048_576,
  );
  if (!isJobFilesMessage(text)) {
    return parseJobFiles(text, { encoded: headers[wireHeaders.names] === "encoded" });
  }
  service.checkSession(text);
  if (/\bno files?\b|\bempty\b/i.test(text)) return [];
  throw new SchedulerError(
    saysNoSuchJob(text) ? "JOB_NOT_FOUND" : "OPERATION_REFUSED",
    `${who.resourceId} does not list the files of job ${id}: ${sentence(text)}`,
    {
      hint: "Look at the state of the job: scarf jobs. Its directory may have been removed.",
      context: { resource: who.resourceId, jobId: id, said: oneLine(text) },
    },
  );
}

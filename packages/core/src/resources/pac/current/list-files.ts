import { isScarfError, SchedulerError } from "../../../errors/index.js";
import type { JobId } from "../../../model/index.js";
import {
  isJobFilesMessage,
  type JobFileEntry,
  parseJobFiles,
  parseWsMessage,
  WireFormatError,
  wireHeaders,
} from "../../../wire/index.js";
import type { CallOptions } from "../../compute-resource.js";
import { oneLine, sentence, unreadable } from "../../session-errors.js";
import { encodeJobId } from "../job-id.js";
import { JobLookup } from "../job-lookup.js";
import type { PacService } from "../pac-service.js";
import { saysNoSuchJob } from "../refusals.js";
import { currentCall, refusalOf } from "./current-failure.js";
import { fetchJobsByIds } from "./fetch-jobs.js";

/** `jobfiles/{id}`: the list of the legacy generation inside a message; 404 if there are no files, or no job. */
export async function listFiles(
  service: PacService,
  id: JobId,
  directory: string,
  options: CallOptions,
): Promise<readonly JobFileEntry[]> {
  const doing = `list the files of job ${id}`;
  const query = directory === "" ? "" : `?dir=${encodeURIComponent(directory)}`;
  const call = {
    path: `jobfiles/${encodeJobId(id)}${query}`,
    headers: service.isGateway ? { [wireHeaders.names]: "encoded" } : {},
    repeatable: true,
    signal: options.signal,
    doing,
  };
  try {
    const { text, headers } = await service.textAndHeaders(currentCall(service, call), 64 * 1_048_576);
    const list = parseWsMessage(text);
    if (list === undefined)
      throw unreadable(service.who, doing, new WireFormatError("malformed", "It holds no list."));
    if (list === "") return [];
    if (!isJobFilesMessage(list))
      return parseJobFiles(list, { encoded: headers[wireHeaders.names] === "encoded" });
    service.checkSession(list);
    return await readMessage(service, id, list, options);
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal?.httpStatus !== 404 || (isScarfError(error) && error.code === "JOB_NOT_FOUND")) throw error;
    return readMessage(service, id, refusal.said, options, error);
  }
}

/** No list: either there are no files, or there is no job, in words that nobody has written down. */
async function readMessage(
  service: PacService,
  id: JobId,
  said: string,
  options: CallOptions,
  cause?: unknown,
): Promise<readonly JobFileEntry[]> {
  const { who } = service;
  const missing = saysNoSuchJob(said);
  if (!missing && /\bno files?\b|\bempty\b/i.test(said)) return [];
  if (!missing && cause !== undefined) {
    if (new JobLookup(await fetchJobsByIds(service, [id], options)).find(id) !== undefined) return [];
  }
  throw new SchedulerError(
    missing || cause !== undefined ? "JOB_NOT_FOUND" : "OPERATION_REFUSED",
    `${who.resourceId} does not list the files of job ${id}: ${sentence(said)}`,
    {
      hint: "Look at the state of the job: scarf jobs. Its directory may have been removed.",
      context: { resource: who.resourceId, jobId: id, said: oneLine(said) },
      cause,
    },
  );
}

import { readRestNumber, readRestObject, readRestText } from "./rest-values.js";
import { slurmErrorNumbers, type SlurmRestAnswer } from "./rest-answer.js";

/** What a submission made. */
export interface SlurmSubmitAnswer {
  /** Undefined: the answer names no job. One that does, proves it, whatever status and errors stand beside it. */
  readonly jobId?: number;
  /** What the scheduler said about a job that it took: it may wait for ever. */
  readonly advice: readonly string[];
}

/** v0.0.39 (23.11) answers 500 with an error for a job that exists: a number of a job counts more than any status. */
export function readSubmitAnswer({ body, errors, warnings }: SlurmRestAnswer): SlurmSubmitAnswer {
  const result = readRestObject(body["result"]);
  const jobId = [body["job_id"], result["job_id"]]
    .map(readRestNumber)
    .find((id) => id !== undefined && id > 0);
  const userMessage = readRestText(body["job_submit_user_msg"]);
  const advice = [
    ...errors.filter(({ code }) => code !== slurmErrorNumbers.held).map(({ message }) => message),
    ...warnings.filter((text) => !text.includes("Job is in held state")),
    ...(userMessage === undefined ? [] : [userMessage]),
  ];
  return { advice: [...new Set(advice)], ...(jobId !== undefined && { jobId }) };
}

import type { Evidence, FinishedStatus, JobStatus } from "../../model/index.js";
import { parseExtStatus } from "./ext-status.js";

/** The five words of the legacy service; `Exit` is not written `Exited`. */
export const statusWords = ["Pending", "Running", "Done", "Exit", "Suspended"] as const;
export type StatusWord = (typeof statusWords)[number];

/** For a job nobody knows the state of. Never `Exit` or `Done`: clients would take either for an end with a result. */
export const unknownWord = "Unknown";

export function renderStatusWord(status: JobStatus): StatusWord | typeof unknownWord {
  switch (status.phase) {
    case "queued":
      return "Pending";
    case "running":
      return "Running";
    case "held":
    case "suspended":
      return "Suspended";
    case "finished":
      return status.outcome === "succeeded" ? "Done" : "Exit";
    default:
      return unknownWord;
  }
}

/** A word of a filter, in any case. */
export function parseStatusWord(text: string): StatusWord | undefined {
  const exact = statusWords.find((word) => word === text);
  if (exact !== undefined) return exact;
  const wanted = text.trim().toLowerCase();
  return statusWords.find((word) => word.toLowerCase() === wanted);
}

/** What a job element says about the job's state. */
export interface StatusFields {
  readonly status: string | undefined;
  readonly extStatus?: string | undefined;
  readonly exitCode?: string | undefined;
  readonly pendReason?: string | undefined;
  readonly startTime?: string | undefined;
  /** The element is of the long form, so that a missing start time means something. */
  readonly long?: boolean;
}

export interface StatusContext {
  readonly evidence: Evidence;
  /** `extStatus` was written by our gateway and refines the word; elsewhere it is the site's own text and only a reason. */
  readonly extended: boolean;
}

/** Maps the wire's words to a status. A word that is not in the table is `unknown` with the word kept, never a guess. */
export function parseStatus(fields: StatusFields, { evidence, extended }: StatusContext): JobStatus {
  const raw = fields.status?.trim() ?? "";
  const text = present(fields.extStatus);
  const more = text === undefined ? nothingMore : extended ? parseExtStatus(text) : { reason: text };
  const status = statusOf(parseStatusWord(raw), raw, fields, more, evidence);
  const reason = more.reason ?? present(fields.pendReason);
  return reason === undefined ? status : { ...status, reason };
}

const nothingMore: ReturnType<typeof parseExtStatus> = {};

function statusOf(
  word: StatusWord | undefined,
  raw: string,
  fields: StatusFields,
  more: ReturnType<typeof parseExtStatus>,
  evidence: Evidence,
): JobStatus {
  switch (word) {
    case "Pending":
      return { raw, evidence, phase: "queued" };
    case "Running":
      return { raw, evidence, phase: "running" };
    case "Suspended":
      // LSF's PSUSP, USUSP and SSUSP share one word. What never started was held, not suspended.
      return { raw, evidence, phase: more.held === true || neverStarted(fields) ? "held" : "suspended" };
    case "Done":
      return { raw, evidence, phase: "finished", outcome: "succeeded", exitCode: 0 };
    case "Exit":
      return { raw, evidence, ...exitDetails(fields, more) };
    default:
      return { raw, evidence, phase: "unknown", why: more.why ?? "unrecognised" };
  }
}

function exitDetails(
  fields: StatusFields,
  more: ReturnType<typeof parseExtStatus>,
): Pick<FinishedStatus, "phase" | "outcome" | "exitCode" | "signal"> {
  const outcome = more.outcome === undefined || more.outcome === "succeeded" ? "failed" : more.outcome;
  if (more.signal !== undefined) return { phase: "finished", outcome, signal: more.signal };
  const exitCode = more.exitCode ?? parseExitCode(fields.exitCode);
  // `Exit` with code 0 is how LSF shows a job killed before it ran: the code tells nothing.
  return { phase: "finished", outcome, ...(exitCode !== undefined && exitCode !== 0 && { exitCode }) };
}

function parseExitCode(text: string | undefined): number | undefined {
  const value = present(text);
  return value !== undefined && /^\d{1,3}$/.test(value) && Number(value) < 256 ? Number(value) : undefined;
}

function neverStarted(fields: StatusFields): boolean {
  return fields.long === true && present(fields.startTime) === undefined;
}

/** The wire writes `-` for nothing. */
export function present(text: string | undefined): string | undefined {
  const value = text?.trim();
  return value === undefined || value === "" || value === "-" ? undefined : value;
}

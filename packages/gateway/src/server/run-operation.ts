import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { type ErrorCode, errorCodes } from "scarf-tomo";
import type { GatewayMetrics } from "../operations/gateway-metrics.js";
import { encodeHeaderValue, wireHeaders } from "scarf-tomo/wire";
import { type Failure, isSessionEnd, toFailure } from "../pac/error-form.js";
import type { PacAnswer } from "../pac/pac-answer.js";
import type { AuditNote } from "../pac/pac-operation.js";
import type { RequestLines } from "./request-lines.js";
import type { Followers } from "./shared-answers.js";

/** Where an operation leaves its traces. */
export interface OperationLogs {
  readonly log: Logger;
  readonly requests: RequestLines;
  readonly audit: Logger;
  readonly metrics: GatewayMetrics;
  /** Lines that are written meanwhile go out at its end, in one write. */
  together(work: () => void): void;
}

/** One request, ready to be answered. */
export interface RunningOperation {
  readonly name: string;
  readonly resourceId: string;
  readonly address: string;
  /** The resource has ended its session behind this request. @param userName - Absent = it was not found out. */
  dropSession(userName: string | undefined): void;
  /** Word for the audit log. @defaultValue `query` */
  readonly audited: string | undefined;
  run(audit: AuditNote): Promise<PacAnswer>;
  /** The failure as clients of this face understand it. */
  renderFailure(failure: Failure): PacAnswer;
  /** Absent = requests that are the same are each answered for themselves. */
  readonly sharing?: {
    gather(): Promise<Followers>;
    /** Whether the user may have one more answer now. */
    admits(userName: string): boolean;
  };
}

/** Answers a request of any face, and writes the lines of the log and the audit log. Never throws. */
export async function runOperation(running: RunningOperation, logs: OperationLogs): Promise<PacAnswer> {
  const { name, resourceId, sharing } = running;
  const audit: AuditNote = {};
  const begun = performance.now();
  const followers = await sharing?.gather();
  let answer: PacAnswer;
  try {
    answer = await running.run(audit);
  } catch (error) {
    // The resource's own session may end before ours does; the client is told the same either way.
    if (isSessionEnd(error)) running.dropSession(audit.userName);
    const failure = toFailure(error) ?? reportBug(error, name, logs.log);
    answer = withFacts(running.renderFailure(failure), failure);
  }
  const outcome = readOutcome(answer);
  const { userName } = audit;
  const mayShare = outcome === "ok" && userName !== undefined;
  const begunByOthers = followers?.keep(answer, () => mayShare && sharing?.admits(userName) === true) ?? [];
  const act = running.audited ?? "query";
  const acted = {
    act,
    operation: name,
    user: shorten(userName),
    subject: shorten(audit.subject),
    resource: resourceId,
    address: running.address,
    outcome,
  };
  const answered = performance.now();
  logs.together(() => {
    for (const one of [begun, ...begunByOthers]) {
      const milliseconds = answered - one;
      logs.metrics.count({ operation: name, act, outcome, seconds: milliseconds / 1000 });
      logs.requests.tell({ operation: name, resource: resourceId, outcome }, milliseconds);
      // Queries can be left out: clients that watch jobs send one every few seconds.
      logs.audit[running.audited === undefined ? "debug" : "info"](acted, "act");
    }
  });
  if (act === "submit" && outcome === "ok" && audit.subject?.endsWith(" again") !== true)
    logs.metrics.countSubmittedJob();
  followers?.send(answer);
  return answer;
}

/** What a program wants to know of a failure, whatever the form of its text. */
function withFacts(answer: PacAnswer, { retryAfterSeconds, existing }: Failure): PacAnswer {
  return {
    ...answer,
    headers: {
      ...answer.headers,
      ...(retryAfterSeconds !== undefined && { "retry-after": String(retryAfterSeconds) }),
      ...(existing !== undefined && {
        [wireHeaders.path]: encodeHeaderValue(existing.path),
        [wireHeaders.sha256]: existing.sha256,
      }),
    },
  };
}

function readOutcome({ headers }: PacAnswer): ErrorCode | "ok" {
  const code = headers[wireHeaders.errorCode] ?? "ok";
  return code === "ok" || isErrorCode(code) ? code : "OUTPUT_UNREADABLE";
}

function isErrorCode(code: string): code is ErrorCode {
  return code in errorCodes;
}

/** A bug of ours: the whole goes to the log, the client gets a reference to it. */
function reportBug(error: unknown, operation: string, log: Logger): Failure {
  const reference = randomBytes(4).toString("hex");
  log.error({ reference, operation, err: error }, "unexpected failure");
  return {
    code: "OUTPUT_UNREADABLE",
    message: `The service failed unexpectedly (reference ${reference}).`,
    hint: `Tell the operator of the service the reference ${reference}; it is in the log. Look at the state of things before you repeat the request.`,
  };
}

/** Both come from the client, and may be as long as a request. */
function shorten(text: string | undefined): string | undefined {
  return text === undefined || text.length <= 300 ? text : `${text.slice(0, 300)}…`;
}

import type { Job } from "../../model/index.js";
import { runTimeSeconds } from "../jobs/run-time.js";
import { parseXml } from "../xml/parse-xml.js";
import { fieldsOf, isObject, listOf, parseJson, renderWsDocument, type WsElement } from "./ws-document.js";
import { detectWsFormat, type WsFormat } from "./ws-format.js";
import { renderWsTime } from "./ws-time.js";

/**
 * Answer of `jobhistory`: one `history` for each job, with lines as `bhist` prints them and a summary of its times. What a
 * resource doesn't tell (how long a job was suspended) is left out.
 * @param now - When the sums were made.
 */
export function renderJobHistory(jobs: readonly Job[], now: Date, format: WsFormat): string {
  return renderWsDocument("jobHistory", { history: jobs.map((job) => historyOf(job, now)) }, format);
}

/** One job of a history that has arrived. */
export interface JobHistory {
  readonly jobId: string;
  /** Lines as `bhist` prints them, for people. */
  readonly text: string;
  readonly pendSeconds?: number;
  readonly runSeconds?: number;
}

/** @throws {WireFormatError} */
export function parseJobHistory(body: string): readonly JobHistory[] {
  const histories = detectWsFormat(body) === "json" ? jsonHistories(body) : xmlHistories(body);
  return histories.flatMap((history) => readHistory(history) ?? []);
}

function readHistory({ text, fields }: RawHistory): JobHistory | undefined {
  const jobId = fields.get("id")?.trim() ?? "";
  if (jobId === "") return undefined;
  const pendSeconds = readSeconds(fields.get("pendTime"));
  const runSeconds = readSeconds(fields.get("runTime"));
  return {
    jobId,
    text: text.trim(),
    ...(pendSeconds !== undefined && { pendSeconds }),
    ...(runSeconds !== undefined && { runSeconds }),
  };
}

interface RawHistory {
  text: string;
  readonly fields: Map<string, string>;
}

function jsonHistories(body: string): readonly RawHistory[] {
  const document = parseJson(body);
  return listOf(isObject(document) ? document["history"] : undefined).map((history) => {
    const parts = listOf([history["jobSummary"], history["timeSummary"]]);
    const fields = new Map(parts.flatMap((part) => Array.from(fieldsOf(part))));
    return { text: fieldsOf(history).get("$") ?? "", fields };
  });
}

function xmlHistories(body: string): readonly RawHistory[] {
  const histories: RawHistory[] = [];
  const path: string[] = [];
  let text = "";
  parseXml(body, {
    open(name) {
      if (name === "history") histories.push({ text: "", fields: new Map() });
      path.push(name);
      text = "";
    },
    text(piece) {
      const current = histories.at(-1);
      if (path.at(-1) === "history" && current !== undefined) current.text += piece;
      else text += piece;
    },
    close(name) {
      path.pop();
      const inside = path.at(-1);
      if (inside === "jobSummary" || inside === "timeSummary") histories.at(-1)?.fields.set(name, text);
      text = "";
    },
  });
  return histories;
}

function readSeconds(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : undefined;
}

function historyOf(job: Job, now: Date): WsElement {
  const waitedUntil = job.startedAt ?? job.endedAt ?? now;
  const runTime = runTimeSeconds(job);
  return {
    $: renderEvents(job).join("\n"),
    jobSummary: { id: job.id },
    timeSummary: {
      timeOfCalculation: renderWsTime(now) ?? "",
      ...(job.submittedAt !== undefined && { pendTime: secondsBetween(job.submittedAt, waitedUntil) }),
      ...(runTime !== undefined && { runTime: String(runTime) }),
    },
  };
}

/**
 * Bridge searches these lines for `Done successfully.`, `Completed <exit>` and `<KILL>`. So nothing that a user has chosen,
 * such as the job's name or command, may stand in them: a failed job could pass for a completed one.
 */
function renderEvents({ id, status, submittedAt, startedAt, endedAt }: Job): readonly string[] {
  const at = (time: Date | undefined): string => (time === undefined ? "" : `${renderWsTime(time)}: `);
  const lines = [`Job <${id}>`];
  if (submittedAt !== undefined) lines.push(`${at(submittedAt)}Submitted;`);
  if (startedAt !== undefined) lines.push(`${at(startedAt)}Starting;`);
  if (status.phase !== "finished") return lines;
  if (status.outcome === "succeeded") return [...lines, `${at(endedAt)}Done successfully.`];
  if (status.outcome === "cancelled") lines.push(`${at(endedAt)}Signal <KILL> requested by user;`);
  const code = status.exitCode === undefined ? "" : ` with exit code ${status.exitCode}`;
  return [...lines, `${at(endedAt)}Exited${code}.`, `${at(endedAt)}Completed <exit>.`];
}

function secondsBetween(from: Date, to: Date): string {
  return String(Math.max(0, Math.round((to.getTime() - from.getTime()) / 1000)));
}

import { type Job, ValueError } from "scarf-tomo";
import { parseJobIds, renderJobsSummary, renderWsJobs, summarizeJobs, type WsPage } from "scarf-tomo/wire";
import { findJobs, type JobsFilter } from "../find-jobs.js";
import { listBody } from "../list-body.js";
import type { NotedJobs } from "../noted-jobs.js";
import { type PacOperation, readText, requireSession } from "../pac-operation.js";
import type { PacAnswer } from "../pac-answer.js";
import type { PacRequest } from "../pac-request.js";
import { parseForm, parseQuery } from "../split-target.js";
import { findByIds } from "./find-by-ids.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

type Detail = "basic" | "full";
type AnswerHeaders = Readonly<Record<string, string>>;

/** `jobs` with its filters (basic), and `jobs/{id[,id…]}` (full). An empty list is a list; ids of which none is there are 404. */
export const jobs = wsOperation({ isShared: true }, async (request, desk, audit) => {
  const { jobs: own, headers } = await requireSession(request, desk, audit);
  const ids = request.rest[0];
  if (ids !== undefined) {
    return answer(request, headers, "full", await findByIds(own, parseJobIds(ids)));
  }
  return answerPage(request, headers, "basic", await findAsked(own, request));
});

export const basicInfo = infoOf("basic");
export const fullInfo = infoOf("full");

/** `jobs/basicinfo` and `jobs/fullinfo`: as `jobs`, and `ids` of the query. */
function infoOf(detail: Detail): PacOperation {
  return wsOperation({ isShared: true }, async (request, desk, audit) => {
    const { jobs: own, headers } = await requireSession(request, desk, audit);
    return answerPage(request, headers, detail, await findAsked(own, request));
  });
}

/** `jobs/summary`, ours: with the filters of `jobs`, how many jobs are in each state. */
export const summary = wsOperation({ isShared: true }, async (request, desk, audit) => {
  const { jobs: own, headers } = await requireSession(request, desk, audit);
  const counts = summarizeJobs(await findAsked(own, request));
  return wsAnswer(request, (format) => renderJobsSummary(counts, format), headers);
});

export const getBasicInfo = infoOfForm("basic");
export const getFullInfo = infoOfForm("full");

/** `jobs/getbasicinfo` and `jobs/getfullinfo`: the form `ids=1,2`. */
function infoOfForm(detail: Detail): PacOperation {
  return wsOperation({ method: "POST" }, async (request, desk, audit) => {
    const { jobs: own, headers } = await requireSession(request, desk, audit);
    const form = parseForm(await readText(request.body, desk.limits.requestBytes));
    return answer(request, headers, detail, await findByIds(own, parseJobIds(form.get("ids") ?? "")));
  });
}

function findAsked(own: NotedJobs, { query }: PacRequest): Promise<readonly Job[]> {
  const given = parseQuery(query);
  const ids = given.get("ids") ?? "";
  return ids === "" ? findJobs(own, readWsFilter(given)) : findByIds(own, parseJobIds(ids));
}

/** An empty value means "not given". `past` (hours) is our client's: the list may be long. */
export function readWsFilter(given: ReadonlyMap<string, string>): JobsFilter {
  const take = (parameter: string, name: keyof JobsFilter): JobsFilter => {
    const value = given.get(parameter)?.trim() ?? "";
    return value === "" ? {} : { [name]: value };
  };
  return {
    ...take("jobname", "name"),
    ...take("username", "user"),
    ...take("queuename", "queue"),
    ...take("hostname", "host"),
    ...take("status", "status"),
    ...take("past", "past"),
  };
}

/** With `startIndex` and `count`, ours, a page of the list; its `total` is that of the whole. */
function answerPage(
  request: PacRequest,
  headers: AnswerHeaders,
  detail: Detail,
  found: readonly Job[],
): PacAnswer {
  const given = parseQuery(request.query);
  const startIndex = readNumber(given, "startIndex");
  const count = readNumber(given, "count");
  if (startIndex === undefined && count === undefined) return answer(request, headers, detail, found);
  const from = startIndex ?? 0;
  const page = found.slice(from, count === undefined ? undefined : from + count);
  return answer(request, headers, detail, page, { total: found.length, startIndex: from });
}

function readNumber(given: ReadonlyMap<string, string>, name: string): number | undefined {
  const text = given.get(name)?.trim() ?? "";
  if (text === "") return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ValueError(
    "PROPERTY_INVALID",
    `"${name}" takes a whole number from 0, not ${JSON.stringify(text)}.`,
    {
      hint: "For the second hundred jobs: startIndex=100&count=100",
    },
  );
}

function answer(
  request: PacRequest,
  headers: AnswerHeaders,
  detail: Detail,
  found: readonly Job[],
  page?: WsPage,
): PacAnswer {
  const options = { detail, self: `${request.baseUrl}ws/jobs`, ...(page !== undefined && { page }) };
  return wsAnswer(
    request,
    (format) => listBody(renderWsJobs(found, { ...options, format }), found.length),
    headers,
  );
}

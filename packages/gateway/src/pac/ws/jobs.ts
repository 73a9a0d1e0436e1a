import type { Job, Session } from "scarf-tomo";
import { parseJobIds, renderWsJobs } from "scarf-tomo/wire";
import { findJobs, type JobsFilter } from "../find-jobs.js";
import { inPieces } from "../in-pieces.js";
import { type PacOperation, readText, requireSession } from "../pac-operation.js";
import type { PacAnswer } from "../pac-answer.js";
import type { PacRequest } from "../pac-request.js";
import { parseForm, parseQuery } from "../split-target.js";
import { findByIds } from "./find-by-ids.js";
import { wsAnswer, wsOperation } from "./ws-operation.js";

type Detail = "basic" | "full";
type AnswerHeaders = Readonly<Record<string, string>>;

/** `jobs` with its filters (basic), and `jobs/{id[,id…]}` (full). An empty list is a list; ids of which none is there are 404. */
export const jobs = wsOperation({}, async (request, desk, audit) => {
  const { session, headers } = await requireSession(request, desk, audit);
  const ids = request.rest[0];
  if (ids !== undefined) {
    return answer(request, headers, "full", await findByIds(session, parseJobIds(ids)));
  }
  return answer(request, headers, "basic", await findAsked(session, request));
});

export const basicInfo = infoOf("basic");
export const fullInfo = infoOf("full");

/** `jobs/basicinfo` and `jobs/fullinfo`: as `jobs`, and `ids` of the query. */
function infoOf(detail: Detail): PacOperation {
  return wsOperation({}, async (request, desk, audit) => {
    const { session, headers } = await requireSession(request, desk, audit);
    return answer(request, headers, detail, await findAsked(session, request));
  });
}

export const getBasicInfo = infoOfForm("basic");
export const getFullInfo = infoOfForm("full");

/** `jobs/getbasicinfo` and `jobs/getfullinfo`: the form `ids=1,2`. */
function infoOfForm(detail: Detail): PacOperation {
  return wsOperation({ method: "POST" }, async (request, desk, audit) => {
    const { session, headers } = await requireSession(request, desk, audit);
    const form = parseForm(await readText(request.body, desk.limits.requestBytes));
    return answer(request, headers, detail, await findByIds(session, parseJobIds(form.get("ids") ?? "")));
  });
}

function findAsked(session: Session, { query }: PacRequest): Promise<readonly Job[]> {
  const given = parseQuery(query);
  const ids = given.get("ids") ?? "";
  return ids === "" ? findJobs(session, readWsFilter(given)) : findByIds(session, parseJobIds(ids));
}

/** An empty value means "not given". */
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
  };
}

function answer(
  request: PacRequest,
  headers: AnswerHeaders,
  detail: Detail,
  found: readonly Job[],
): PacAnswer {
  const self = `${request.baseUrl}ws/jobs`;
  return wsAnswer(request, (format) => inPieces(renderWsJobs(found, { detail, format, self })), headers);
}

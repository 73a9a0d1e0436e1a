import { isScarfError, type Job } from "scarf-tomo";
import { renderJobs, renderJobsNote } from "scarf-tomo/wire";
import { xmlError } from "./error-form.js";
import { findJobs, type JobsFilter, readConditions } from "./find-jobs.js";
import { listBody } from "./list-body.js";
import type { NotedJobs } from "./noted-jobs.js";
import { type PacAnswer, rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { parseQuery } from "./split-target.js";

interface LegacyFilter extends JobsFilter {
  readonly id?: string;
  readonly details?: boolean;
}

/** `jobs`, `jobs?…`, `jobs/` and `jobs/{id}`. Mantid asks for `jobs/` when it means one job, and picks it from the list. */
export const jobs: PacOperation = {
  isShared: true,
  errorForm: xmlError("Jobs"),
  async run(request, desk, audit) {
    const { jobs: own, headers } = await requireSession(request, desk, audit);
    return answerJobs(own, headers, { ...readFilter(request.query), ...idOf(request.rest[0]) });
  },
};

/** `jobsforstatus/{status}`, deprecated since 9.1.0. */
export const jobsForStatus: PacOperation = {
  isShared: true,
  errorForm: xmlError("Jobs"),
  async run(request, desk, audit) {
    const { jobs: own, headers } = await requireSession(request, desk, audit);
    return answerJobs(own, headers, { ...readFilter(request.query), status: request.rest[0] ?? "" });
  },
};

/** `jobsforname/{name}`, deprecated since 9.1.0. */
export const jobsForName: PacOperation = {
  isShared: true,
  errorForm: xmlError("Jobs"),
  async run(request, desk, audit) {
    const { jobs: own, headers } = await requireSession(request, desk, audit);
    return answerJobs(own, headers, { ...readFilter(request.query), name: request.rest[0] ?? "" });
  },
};

function readFilter(query: string): LegacyFilter {
  const given = parseQuery(query);
  // An empty value means "not given".
  const take = (name: string): Record<string, string> => {
    const value = given.get(name)?.trim() ?? "";
    return value === "" ? {} : { [name]: value };
  };
  return {
    ...take("id"),
    ...take("name"),
    ...take("status"),
    ...take("group"),
    ...take("user"),
    ...take("past"),
    details: given.get("details")?.toLowerCase() === "yes",
  };
}

function idOf(segment: string | undefined): LegacyFilter {
  return segment === undefined || segment === "" ? {} : { id: segment };
}

async function answerJobs(
  own: NotedJobs,
  headers: Readonly<Record<string, string>>,
  filter: LegacyFilter,
): Promise<PacAnswer> {
  const { id, details = false } = filter;
  let found: readonly Job[];
  if (id === undefined) {
    found = await findJobs(own, filter);
  } else {
    const fits = readConditions(own, filter);
    try {
      found = [await own.job(id)].filter(fits);
    } catch (error) {
      if (!isScarfError(error) || error.code !== "JOB_NOT_FOUND") throw error;
      // As LSF words it.
      return note(headers, `Job <${id}> is not found`);
    }
  }
  if (found.length === 0) return note(headers, "No matching job found");
  return rawXmlAnswer(renderOnce(found, details), headers);
}

const rendered = new WeakMap<readonly Job[], Map<boolean, Uint8Array>>();

/** Requests that share a list share its text, as the bytes that go out. */
function renderOnce(found: readonly Job[], details: boolean): PacAnswer["body"] {
  const texts = rendered.get(found) ?? new Map<boolean, Uint8Array>();
  rendered.set(found, texts);
  const known = texts.get(details);
  if (known !== undefined) return known;
  const body = listBody(renderJobs(found, { details }), found.length);
  if (body instanceof Uint8Array) texts.set(details, body);
  return body;
}

/** Nothing to show is no failure: it has no error code. */
function note(headers: Readonly<Record<string, string>>, message: string): PacAnswer {
  return rawXmlAnswer(renderJobsNote(message), headers);
}

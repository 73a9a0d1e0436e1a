import { AuthError, isScarfError, type Job, type JobQuery, type Session, ValueError } from "scarf-tomo";
import { parseStatusWord, renderJobs, renderJobsNote, renderStatusWord, statusWords } from "scarf-tomo/wire";
import { xmlError } from "./error-form.js";
import { type PacAnswer, rawXmlAnswer } from "./pac-answer.js";
import { type PacOperation, requireSession } from "./pac-operation.js";
import { parseQuery } from "./split-target.js";

/** What a job list is asked for. */
interface JobsFilter {
  readonly id?: string;
  readonly name?: string;
  readonly status?: string;
  readonly group?: string;
  readonly user?: string;
  readonly details?: boolean;
  /** Hours. */
  readonly past?: string;
}

/** `jobs`, `jobs?…`, `jobs/` and `jobs/{id}`. Mantid asks for `jobs/` when it means one job, and picks it from the list. */
export const jobs: PacOperation = {
  errorForm: xmlError("Jobs"),
  async run(request, desk) {
    const { session, headers } = await requireSession(request, desk);
    return answerJobs(session, headers, { ...readFilter(request.query), ...idOf(request.rest[0]) });
  },
};

/** `jobsforstatus/{status}`, deprecated since 9.1.0. */
export const jobsForStatus: PacOperation = {
  errorForm: xmlError("Jobs"),
  async run(request, desk) {
    const { session, headers } = await requireSession(request, desk);
    return answerJobs(session, headers, { ...readFilter(request.query), status: request.rest[0] ?? "" });
  },
};

/** `jobsforname/{name}`, deprecated since 9.1.0. */
export const jobsForName: PacOperation = {
  errorForm: xmlError("Jobs"),
  async run(request, desk) {
    const { session, headers } = await requireSession(request, desk);
    return answerJobs(session, headers, { ...readFilter(request.query), name: request.rest[0] ?? "" });
  },
};

function readFilter(query: string): JobsFilter {
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

function idOf(segment: string | undefined): JobsFilter {
  return segment === undefined || segment === "" ? {} : { id: segment };
}

async function answerJobs(
  session: Session,
  headers: Readonly<Record<string, string>>,
  filter: JobsFilter,
): Promise<PacAnswer> {
  checkUser(filter.user, session.userName);
  const status = readStatus(filter.status);
  let found: readonly Job[];
  if (filter.id === undefined) {
    found = await session.list(readJobQuery(filter));
  } else {
    try {
      found = [await session.job(filter.id)];
    } catch (error) {
      if (!isScarfError(error) || error.code !== "JOB_NOT_FOUND") throw error;
      // As LSF words it.
      return note(headers, `Job <${filter.id}> is not found`);
    }
  }
  const listed = found.filter(
    (job) => (status === undefined || renderStatusWord(job.status) === status) && inGroup(filter.group),
  );
  if (listed.length === 0) return note(headers, "No matching job found");
  return {
    ...rawXmlAnswer("", headers),
    body: inPieces(renderJobs(listed, { details: filter.details ?? false })),
  };
}

/** Nothing to show is no failure: it has no error code. */
function note(headers: Readonly<Record<string, string>>, message: string): PacAnswer {
  return rawXmlAnswer(renderJobsNote(message), headers);
}

function readJobQuery({ name, past }: JobsFilter): JobQuery {
  let query: JobQuery = name === undefined ? {} : { name };
  if (past !== undefined) {
    const hours = Number(past);
    if (!(hours >= 0)) {
      throw new ValueError(
        "PROPERTY_INVALID",
        `"past" takes a number of hours, not ${JSON.stringify(past)}.`,
      );
    }
    query = { ...query, endedSince: new Date(Date.now() - hours * 3_600_000) };
  }
  return query;
}

function readStatus(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const word = parseStatusWord(text);
  if (word !== undefined) return word;
  throw new ValueError("PROPERTY_INVALID", `There is no job status ${JSON.stringify(text)}.`, {
    hint: `Ask for one of ${statusWords.join(", ")}.`,
  });
}

/** `all` means all that this user may see, which are their own: nobody is an administrator here. */
function checkUser(user: string | undefined, own: string): void {
  if (user === undefined || user === "all" || user === own) return;
  throw new AuthError("PERMISSION_DENIED", `You may not see the jobs of ${user}.`, {
    hint: "Leave the user out to see your own jobs.",
  });
}

/** Job groups are not known here: every job is in the root group and in no other. */
function inGroup(group: string | undefined): boolean {
  return group === undefined || group === "/";
}

/** Puts small pieces together: one write for each of a hundred thousand jobs would cost more than the rest. */
async function* inPieces(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < 65_536) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  if (piece !== "") yield Buffer.from(piece);
}

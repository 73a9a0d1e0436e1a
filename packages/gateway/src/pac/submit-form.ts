import { randomUUID } from "node:crypto";
import { type Attachment, type JobSpec, type Session, SpecError } from "scarf-tomo";
import { boundaryOf, decodeHeaderValue, type FormFile, readSubmitForm, wireHeaders } from "scarf-tomo/wire";
import type { UserSession } from "../sessions/session-desk.js";
import type { SpooledFile } from "../state/spool.js";
import { takeJobGroup } from "./job-group.js";
import { enterUpload } from "./enter-transfer.js";
import { type AuditNote, limitBody, type PacDesk } from "./pac-operation.js";
import type { PacRequest } from "./pac-request.js";
import { SubmittedBody } from "./submitted-body.js";

/** A filled-in form with the files that came along. */
interface Submission {
  readonly application: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly files: readonly AttachedFile[];
}

interface AttachedFile extends SpooledFile {
  /** What a parameter may call it; the first is Content-ID, which is right even for BatchEuphoria's `f1`. */
  readonly names: readonly string[];
}

/** No form has more fields than this; the real `generic` has 24. */
const maxParameters = 1000;

/**
 * Submits the form in a request's body and answers the job's id: the first one for a submit key that was seen before.
 * @throws {SpecError} and whatever `Session.submit` throws.
 */
export async function submitForm(
  { session, userName }: Pick<UserSession, "session" | "userName">,
  request: PacRequest,
  desk: PacDesk,
  audit: AuditNote,
): Promise<string> {
  const origin = { resourceId: desk.offered.id, userName };
  const submitKey = readSubmitKey(request);
  const known = submitKey === undefined ? undefined : desk.journal.find(origin, submitKey);
  if (known !== undefined) {
    audit.subject = `${known} again`;
    return known;
  }
  await enterUpload(userName, request, desk);
  const submission = await readSubmission(request, desk);
  try {
    const { submitOnce, applicationForms } = session.capabilities;
    const { parameters, group } = takeJobGroup(submission.parameters);
    const given = applicationForms ? submission : { ...submission, parameters };
    const spec = await makeSpec(given, session, desk);
    const note = { application: submission.application, ...(group !== undefined && { group }) };
    const key = submitKey ?? randomUUID();
    const jobId = await desk.journal.once(origin, key, submitOnce, async () => {
      const made = await session.submit(spec, { submitKey: key });
      // Before the journal has the id: if we are killed in between, the repetition comes this way again.
      desk.notes.put(origin, made, note);
      return made;
    });
    audit.subject = jobId;
    return jobId;
  } finally {
    await removeFiles(submission.files, desk);
  }
}

/** `generic` of `generic`, `FLUENT` of `FLUENT:FLUENT_WEB` (a published form and a user's template of it). */
export function applicationOf(name: string): string {
  return name.split(":")[0]?.trim() ?? "";
}

function readSubmitKey({ headers }: PacRequest): string | undefined {
  const given = headers[wireHeaders.submitKey];
  const key = typeof given === "string" ? decodeHeaderValue(given).trim() : "";
  if (key === "") return undefined;
  if (key.length <= 200) return key;
  throw new SpecError("SPEC_INVALID", "The submit key is longer than 200 characters.", {
    hint: "Use a shorter one, such as a UUID.",
  });
}

async function readSubmission(request: PacRequest, desk: PacDesk): Promise<Submission> {
  let application: string | undefined;
  const parameters = new Map<string, string>();
  let parameterCharacters = 0;
  const files: AttachedFile[] = [];
  const body = new SubmittedBody(request);
  try {
    const limitBytes = desk.limits.attachmentBytes + 2 * maxFormBytes(desk);
    const form = readSubmitForm(limitBody(body.chunks, limitBytes), {
      boundary: boundaryOf(request.headers["content-type"]),
      maxFieldBytes: desk.limits.requestBytes,
    });
    for await (const item of form) {
      if (item.kind === "application") application = applicationOf(item.application);
      else if (item.kind === "file") files.push(await takeFile(item, files, desk));
      else {
        parameters.set(item.parameter.id, item.parameter.value);
        parameterCharacters += item.parameter.value.length;
      }
      if (parameterCharacters > maxFormBytes(desk)) throw tooMuchText(desk);
      if (parameters.size + files.length > maxParameters) {
        throw new SpecError("SPEC_INVALID", `The form has more than ${maxParameters} fields and files.`, {
          hint: "Pack many files into one archive.",
        });
      }
    }
    await body.check();
    if (application === undefined || application === "") {
      throw new SpecError("SPEC_INVALID", "The submission does not say which application to run.", {
        hint: "Send the part AppName, for example: generic",
      });
    }
    return { application, parameters: Object.fromEntries(parameters), files };
  } catch (error) {
    await removeFiles(files, desk);
    throw await body.explain(error);
  }
}

/** Of all parameters together: each may be as long as a request that is kept in memory. */
function maxFormBytes({ limits }: PacDesk): number {
  return 4 * limits.requestBytes;
}

function tooMuchText(desk: PacDesk): SpecError {
  return new SpecError(
    "SPEC_INVALID",
    `The values of the form are longer than ${maxFormBytes(desk)} bytes together.`,
    {
      hint: "Send long texts as files.",
    },
  );
}

async function takeFile(
  file: FormFile,
  before: readonly AttachedFile[],
  desk: PacDesk,
): Promise<AttachedFile> {
  if (file.names.length === 0) {
    throw new SpecError("SPEC_INVALID", "An attached file has no usable name.", {
      hint: "Give it a plain file name without slashes.",
    });
  }
  const used = before.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const spooled = await desk.spool.receive(desk.gate.guard(file.chunks), {
    limitBytes: desk.limits.attachmentBytes - used,
  });
  return { ...spooled, names: file.names };
}

async function makeSpec(submission: Submission, session: Session, desk: PacDesk): Promise<JobSpec> {
  const { application, parameters, files } = submission;
  const wanted = wantedNames(parameters);
  const attachments = files.map((file): Attachment => ({
    name: file.names.find((name) => wanted.has(name)) ?? file.names[0] ?? "",
    source: desk.spool.source([file]),
  }));
  const task = { kind: "application", application, parameters } as const;
  if (session.capabilities.applicationForms) return { task, attachments };
  return desk.applications.expand(task, attachments);
}

/** Base names that parameters expect to come along: those of `name,upload`. */
function wantedNames(parameters: Readonly<Record<string, string>>): ReadonlySet<string> {
  const names = Object.values(parameters).flatMap((value) =>
    [...value.matchAll(/(?:^|;)([^;]+?),\s*upload\s*(?=;|$)/g)].map(
      (match) => (match[1] ?? "").split(/[/\\]/).at(-1) ?? "",
    ),
  );
  return new Set(names);
}

async function removeFiles(files: readonly SpooledFile[], desk: PacDesk): Promise<void> {
  for (const file of files) await desk.spool.remove(file.name);
}

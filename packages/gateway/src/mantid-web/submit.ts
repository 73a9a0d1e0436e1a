import { randomUUID } from "node:crypto";
import { bytesSource, type JobSpec, type Session, SpecError } from "scarf-tomo";
import {
  boundaryOf,
  decodeText,
  linuxFileName,
  type MantidFormItem,
  quoteWord,
  readMantidForm,
  renderMantidSubmitAnswer,
  WireFormatError,
} from "scarf-tomo/wire";
import { SubmittedBody } from "../pac/submitted-body.js";
import { jsonAnswer } from "./answers.js";
import {
  type MantidDesk,
  type MantidOperation,
  type MantidRequest,
  requireMantidUser,
} from "./mantid-request.js";
import { readSubmitVariables } from "./submit-variables.js";
import { directoryOf } from "./transaction-directory.js";
import { requireField } from "./upload.js";

/** `submit`: once for each submit key; a client that sends none gets a job for every request. */
export const submit: MantidOperation = {
  method: "POST",
  audited: "submit",
  async run(request, desk, audit) {
    const { session, owner } = await requireMantidUser(request, desk, audit);
    const fields = await readFields(request, desk);
    const transactionId = requireField(fields, "TransID").trim();
    const scriptName = checkScriptName(requireField(fields, "ScriptName"));
    const text = requireField(fields, scriptName);
    const variables = readSubmitVariables(fields);
    const { journal, transactions } = desk;
    transactions.require(owner, transactionId);
    const key = fields.get("SubmitKey") ?? randomUUID();
    if (key.length > 1000) throw specInvalid("The submit key is longer than 1000 characters.", "Use a UUID.");
    const isKnown = journal.find(owner, key) !== undefined;
    const place = transactions.beginJob(owner, key, { transactionId, scriptName });
    const jobId = await journal.once(owner, key, session.capabilities.submitOnce, async () => {
      const directory = await writeScript(session, place.transactionId, scriptName, text);
      const commandLine = renderCommand(scriptName, text, desk.python);
      const spec: JobSpec = {
        name: scriptName,
        ...variables,
        task: { kind: "shell", commandLine },
        workingDirectory: directory,
      };
      const id = await session.submit(spec, { submitKey: key });
      transactions.finishJob(owner, key, id);
      return id;
    });
    audit.subject = isKnown ? `${jobId} again` : jobId;
    if (!transactions.isOpen(owner, place.transactionId)) {
      // Stopped meanwhile: a job without its files is nothing that anybody asked for.
      await session.cancel(jobId);
      transactions.require(owner, place.transactionId);
    }
    const answer = { jobId, transactionId: place.transactionId };
    return jsonAnswer(renderMantidSubmitAnswer(answer), { status: 201 });
  },
};

const maxFields = 1000;

/** All fields of a form that came as it was sent. */
async function readFields(
  request: MantidRequest,
  { limits }: MantidDesk,
): Promise<ReadonlyMap<string, string>> {
  const body = new SubmittedBody(request);
  try {
    const form = readMantidForm(body.chunks, {
      boundary: boundaryOf(request.headers["content-type"]),
      maxFieldBytes: limits.requestBytes,
    });
    const fields = await collectFields(form, limits.requestBytes);
    await body.check();
    return fields;
  } catch (error) {
    throw await body.explain(error);
  }
}

/** The script's text included: kept in memory, so they are bounded together. */
async function collectFields(
  form: AsyncIterable<MantidFormItem>,
  limitBytes: number,
): Promise<ReadonlyMap<string, string>> {
  const fields = new Map<string, string>();
  let sizeBytes = 0;
  for await (const item of form) {
    const name = item.kind === "field" ? item.name : (item.fileName ?? "");
    const value = item.kind === "field" ? item.value : await readText(item.chunks, limitBytes - sizeBytes);
    sizeBytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    if (fields.size >= maxFields)
      throw specInvalid(`The form has more than ${maxFields} fields.`, "Send fewer.");
    if (!fields.has(name)) fields.set(name, value);
  }
  return fields;
}

/** A script that came as a file. */
async function readText(chunks: AsyncIterable<Uint8Array>, limitBytes: number): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > limitBytes) throw tooLarge(limitBytes);
    pieces.push(Buffer.from(chunk));
  }
  return decodeText(Buffer.concat(pieces));
}

function checkScriptName(name: string): string {
  if (linuxFileName(name) !== undefined && Buffer.byteLength(name) <= 255 && !name.startsWith("."))
    return name;
  throw specInvalid(
    `${JSON.stringify(name.slice(0, 300))} can't be the name of a script.`,
    "Give a plain file name without slashes as ScriptName, and send the script's text in a field of that name.",
  );
}

/** Writes the script beside the other files; the answer is the absolute path of the directory, where the job runs. */
async function writeScript(
  session: Session,
  transactionId: string,
  name: string,
  text: string,
): Promise<string> {
  const directory = directoryOf(transactionId);
  await session.files.write(directory, name, bytesSource(text), { overwrite: true });
  return (await session.files.stat(directory)).path;
}

/** By its first line, else by its name; whatever is left is for the shell. No upload keeps the permission to execute. */
function renderCommand(scriptName: string, text: string, python: string): string {
  const path = quoteWord(`./${scriptName}`);
  if (text.startsWith("#!")) return `chmod u+x ${path} && exec ${path}`;
  return `exec ${/\.py$/i.test(scriptName) ? quoteWord(python) : "/bin/sh"} ${path}`;
}

function specInvalid(message: string, hint: string): SpecError {
  return new SpecError("SPEC_INVALID", message, { hint: `${hint} No job was created.` });
}

function tooLarge(limitBytes: number): WireFormatError {
  return new WireFormatError("too-large", `The fields are larger than ${limitBytes} bytes together.`);
}

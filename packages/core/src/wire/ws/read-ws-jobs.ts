import type { Job } from "../../model/index.js";
import { decodeText } from "../decode-text.js";
import { JobFields, JobReader } from "../jobs/job-reader.js";
import { checkJobCount, checkTextLength } from "../jobs/list-bounds.js";
import type { StatusContext } from "../jobs/status-word.js";
import { WireFormatError } from "../wire-format-error.js";
import { readXml, type XmlEvents } from "../xml/parse-xml.js";
import { fieldsOf, isObject, listOf, parseJson } from "./ws-document.js";

export interface WsJobsAnswer {
  readonly jobs: readonly Job[];
  /** Elements without an id: shown to nobody, spoiling nothing, but told. */
  readonly withoutId: number;
}

/** Names of the current generation → names of the legacy one, where they differ. */
const legacyNames: Readonly<Record<string, string>> = {
  jobId: "id",
  jobName: "name",
  jobStatus: "status",
  command: "cmd",
  application: "appType",
  exitStatus: "exitCode",
  jobGroup: "groupName",
  outFile: "outfile",
};

/**
 * Reads a job list of either form and detail. XML becomes jobs as it arrives, JSON when it is whole. A missing element leaves
 * its field out; one odd job does not spoil the list.
 * @throws {WireFormatError} not a job list at all, malformed, or cut.
 */
export async function readWsJobs(
  chunks: AsyncIterable<Uint8Array>,
  context: StatusContext,
): Promise<WsJobsAnswer> {
  const { first, all } = await peek(chunks);
  const collector = new Collector(context);
  if (first === "{") collector.takeJson(parseJson(await textOf(all)));
  else await readXml(all, collector);
  return collector.answer();
}

class Collector implements XmlEvents {
  readonly #reader: JobReader;
  readonly #jobs: Job[] = [];
  #withoutId = 0;
  #isList = false;
  #depth = 0;
  readonly #fields = new Map<string, string>();
  readonly #job = new JobFields();
  #text = "";

  constructor(context: StatusContext) {
    this.#reader = new JobReader(context);
  }

  open(name: string): void {
    this.#depth++;
    this.#text = "";
    if (this.#depth === 1 && name === "jobs") this.#isList = true;
    if (this.#depth === 2) this.#fields.clear();
  }

  text(piece: string): void {
    // Nearly every text comes in one piece, which is short.
    if (this.#text === "") {
      this.#text = piece;
      return;
    }
    this.#text += piece;
    checkTextLength(this.#text);
  }

  close(name: string): void {
    if (this.#depth === 3) this.#fields.set(name, this.#text);
    if (this.#depth === 2 && (name === "job" || name === "pseudoJob"))
      this.#add(this.#fields, name === "job");
    this.#text = "";
    this.#depth--;
  }

  takeJson(document: unknown): void {
    if (!isObject(document)) return;
    this.#isList = ["@total", "job", "pseudoJob"].some((name) => Object.hasOwn(document, name));
    for (const object of listOf(document["job"])) this.#add(fieldsOf(object), true);
    for (const object of listOf(document["pseudoJob"])) this.#add(fieldsOf(object), false);
  }

  /** @param full - the element tells all that is known; otherwise a missing one means nothing. */
  #add(given: ReadonlyMap<string, string>, full: boolean): void {
    const fields = this.#job;
    fields.clear();
    for (const [name, text] of given) {
      const legacy = Object.hasOwn(legacyNames, name) ? legacyNames[name] : undefined;
      fields.set(legacy ?? name, text);
    }
    if (fields.get("submitTime") === undefined) fields.set("submitTime", given.get("submitTimeGMT") ?? "");
    if (full && !hasBegun(fields)) fields.set("startTime", "-");
    const job = this.#reader.read(fields);
    if (job === undefined) this.#withoutId++;
    else this.#jobs.push(job);
    checkJobCount(this.#jobs.length);
  }

  answer(): WsJobsAnswer {
    if (!this.#isList) throw new WireFormatError("malformed", "The answer is not a job list.");
    return { jobs: this.#jobs, withoutId: this.#withoutId };
  }
}

/** This generation leaves out what is not known: a suspended job without all of these was held before it began. */
function hasBegun(fields: { get(name: string): string | undefined }): boolean {
  return ["startTime", "exHosts", "runTime", "pidStr"].some(
    (name) => !/^(?:|-|0)$/.test(fields.get(name)?.trim() ?? ""),
  );
}

/** JSON is kept whole until it is read. A hundred thousand jobs; more come in XML. */
const mostJsonBytes = 64 * 1024 ** 2;

/** So much white space may come first; it is kept meanwhile. */
const mostSpaceBytes = 65_536;

/** The first character that is no white space, and the body as if nobody had looked. */
async function peek(
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly first: string; readonly all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const seen: Uint8Array[] = [];
  let first = "";
  let seenBytes = 0;
  while (first === "" && seenBytes < mostSpaceBytes) {
    const next = await iterator.next();
    if (next.done === true) break;
    // A buffer may be used again for the next piece.
    seen.push(Buffer.from(next.value));
    seenBytes += next.value.byteLength;
    first = decodeText(next.value).trimStart().charAt(0);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield* seen;
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  }
  return { first, all: all() };
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of chunks) {
    bytes += piece.byteLength;
    if (bytes > mostJsonBytes)
      throw new WireFormatError("too-large", `A list in JSON is longer than ${mostJsonBytes} bytes.`);
    pieces.push(Buffer.from(piece));
  }
  return decodeText(Buffer.concat(pieces));
}

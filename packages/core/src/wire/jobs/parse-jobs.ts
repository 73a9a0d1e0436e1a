import type { Job } from "../../model/index.js";
import { readXml, type XmlEvents } from "../xml/parse-xml.js";
import { WireFormatError } from "../wire-format-error.js";
import { parseJobTime } from "./job-times.js";
import { parseStatus, present, type StatusContext } from "./status-word.js";
import { parseKeyedDescription } from "./submit-key-text.js";

/** A job list, or what the server said instead. */
export interface JobsAnswer {
  readonly jobs: readonly Job[];
  /** Elements without an id: shown to nobody, spoiling nothing, but told. */
  readonly withoutId: number;
  /** Text of `note`: nothing was found. */
  readonly note?: string;
  /** Text of `errMsg`: the list could not be given. */
  readonly errorMessage?: string;
}

/**
 * Reads a job list as it arrives into typed objects; a hundred thousand jobs hold no more memory than they are.
 * A missing element leaves its field out; one odd job does not spoil the list.
 * @throws {WireFormatError} not a job list at all, malformed, or cut.
 */
export async function readJobs(
  chunks: AsyncIterable<Uint8Array>,
  context: StatusContext,
): Promise<JobsAnswer> {
  const collector = new JobCollector(context);
  await readXml(chunks, collector);
  return collector.answer();
}

class JobCollector implements XmlEvents {
  readonly #context: StatusContext;
  readonly #jobs: Job[] = [];
  #withoutId = 0;
  #note: string | undefined;
  #errorMessage: string | undefined;
  #isList = false;
  #depth = 0;
  /** Depth of the open `Job` element; 0 = none is open. */
  #jobDepth = 0;
  readonly #fields = new Map<string, string>();
  #text = "";

  constructor(context: StatusContext) {
    this.#context = context;
  }

  open(name: string): void {
    this.#depth++;
    this.#text = "";
    if (name === "Jobs") this.#isList = true;
    if (this.#jobDepth === 0 && name === "Job") {
      this.#isList = true;
      this.#jobDepth = this.#depth;
      // One map for all jobs: a hundred thousand of them would keep the garbage collector busier than the parser.
      this.#fields.clear();
    }
  }

  text(piece: string): void {
    this.#text += piece;
  }

  close(name: string): void {
    if (this.#jobDepth === 0) {
      if (name === "note") this.#note ??= this.#text.trim();
      if (name === "errMsg") this.#errorMessage ??= this.#text.trim();
    } else if (this.#depth === this.#jobDepth + 1) {
      this.#fields.set(name, this.#text);
    } else if (this.#depth === this.#jobDepth) {
      this.#finishJob();
      this.#jobDepth = 0;
    }
    this.#text = "";
    this.#depth--;
  }

  #finishJob(): void {
    // A single job that can't be given: `<Job><errMsg>…</errMsg><id>0</id></Job>`.
    const errorMessage = this.#fields.get("errMsg");
    if (errorMessage !== undefined) {
      this.#errorMessage ??= errorMessage.trim();
      return;
    }
    const job = jobFromFields(this.#fields, this.#context);
    if (job === undefined) this.#withoutId++;
    else this.#jobs.push(job);
  }

  answer(): JobsAnswer {
    if (!this.#isList && this.#errorMessage === undefined && this.#note === undefined) {
      throw new WireFormatError("malformed", "The answer is not a job list.");
    }
    return {
      jobs: this.#jobs,
      withoutId: this.#withoutId,
      ...(this.#note !== undefined && { note: this.#note }),
      ...(this.#errorMessage !== undefined && { errorMessage: this.#errorMessage }),
    };
  }
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** The children of one job element as a job; `undefined` = it has no id. */
export function jobFromFields(fields: ReadonlyMap<string, string>, context: StatusContext): Job | undefined {
  const id = present(fields.get("id"));
  if (id === undefined) return undefined;
  const job: Mutable<Job> = {
    id,
    name: present(fields.get("name")) ?? "",
    status: parseStatus(
      {
        status: fields.get("status"),
        extStatus: fields.get("extStatus"),
        exitCode: fields.get("exitCode"),
        pendReason: fields.get("pendReason"),
        startTime: fields.get("startTime"),
        long: fields.has("startTime"),
      },
      context,
    ),
  };
  copyText(job, "owner", fields.get("user"));
  copyText(job, "command", fields.get("cmd"));
  copyText(job, "application", fields.get("appType"));
  copyText(job, "queue", fields.get("queue"));
  copyText(job, "account", fields.get("projectName"));
  copyText(job, "group", fields.get("groupName"));
  copyText(job, "workingDirectory", fields.get("execCwd") ?? fields.get("cwd"));
  copyText(job, "outputPath", fields.get("outfile"));
  copyText(job, "errorPath", fields.get("errfile"));
  copyTime(job, "submittedAt", fields.get("submitTime"));
  copyTime(job, "startedAt", fields.get("startTime"));
  copyTime(job, "endedAt", fields.get("endTime"));
  const hosts = present(fields.get("exHosts"))?.split(/[:\s]+/);
  if (hosts !== undefined) job.executionHosts = hosts;
  const description = present(fields.get("description"));
  if (description !== undefined) Object.assign(job, parseKeyedDescription(description));
  return job;
}

type TextField =
  | "owner"
  | "command"
  | "application"
  | "queue"
  | "account"
  | "group"
  | "workingDirectory"
  | "outputPath"
  | "errorPath";

function copyText(job: Mutable<Job>, field: TextField, text: string | undefined): void {
  const value = present(text);
  if (value !== undefined) job[field] = value;
}

function copyTime(
  job: Mutable<Job>,
  field: "submittedAt" | "startedAt" | "endedAt",
  text: string | undefined,
): void {
  const value = parseJobTime(text);
  if (value !== undefined) job[field] = value;
}

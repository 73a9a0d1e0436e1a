import type { Job } from "../../model/index.js";
import { readXml, type XmlEvents } from "../xml/parse-xml.js";
import { WireFormatError } from "../wire-format-error.js";
import { JobFields, JobReader } from "./job-reader.js";
import { checkJobCount, checkTextLength } from "./list-bounds.js";
import type { StatusContext } from "./status-word.js";

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
  readonly #reader: JobReader;
  readonly #jobs: Job[] = [];
  #withoutId = 0;
  #note: string | undefined;
  #errorMessage: string | undefined;
  #isList = false;
  #depth = 0;
  /** Depth of the open `Job` element; 0 = none is open. */
  #jobDepth = 0;
  readonly #fields = new JobFields();
  #text = "";

  constructor(context: StatusContext) {
    this.#reader = new JobReader(context);
  }

  open(name: string): void {
    this.#depth++;
    this.#text = "";
    if (name === "Jobs") this.#isList = true;
    if (this.#jobDepth === 0 && name === "Job") {
      this.#isList = true;
      this.#jobDepth = this.#depth;
      this.#fields.clear();
    }
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
    const job = this.#reader.read(this.#fields);
    if (job === undefined) this.#withoutId++;
    else this.#jobs.push(job);
    checkJobCount(this.#jobs.length);
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

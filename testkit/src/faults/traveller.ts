import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  downloadJobFiles,
  isScarfError,
  type JobStatus,
  PacResource,
  type RetryOptions,
  type ScarfError,
  type Session,
  SessionManager,
  SubmitJournal,
  submitOnce,
  uploadFile,
  waitForJob,
} from "scarf-tomo";
import type { ScarfInABox } from "../journey/scarf-in-a-box.js";
import type { FaultProxy } from "./fault-proxy.js";

/** Files of a scan: empty, small, in several packets, and so large that it goes in chunks. */
const sizes = { "empty.txt": 0, "angles.txt": 700, "flats.bin": 30_000, "scan.bin": 70_000 };
const chunkBytes = 32_768;
const joined = Object.keys(sizes).join(" ");
/** So often a call that failed is repeated, as people and programs would. */
const mostCalls = 12;

/** What came of one journey. */
export interface Journey {
  /** Codes of the errors that calls ended with before they were repeated, with their steps. */
  readonly errors: readonly string[];
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

/** Of the web service. */
export type Generation = "auto" | "legacy";

export interface TravellerOptions {
  /** The password is typed again when a session has ended in the middle of something. @defaultValue false */
  readonly answersRenewal?: boolean;
  /** So long an answer may take. @defaultValue 1 */
  readonly timeoutSeconds?: number;
  /** @defaultValue "auto" */
  readonly generation?: Generation;
}

/** One user of the web service, on the other side of a proxy, who goes the whole way again and again. */
export class Traveller {
  readonly #scarf: ScarfInABox;
  readonly #proxy: FaultProxy;
  readonly #userName: string;
  readonly #folder: string;
  readonly #resource: PacResource;
  readonly #sessions: SessionManager;
  readonly #journal: SubmitJournal;
  readonly #retry: RetryOptions;
  #errors: string[] = [];
  #violations: string[] = [];
  #session: Session | undefined;

  constructor(
    scarf: ScarfInABox,
    proxy: FaultProxy,
    userName: string,
    { answersRenewal = false, timeoutSeconds = 1, generation = "auto" }: TravellerOptions = {},
  ) {
    this.#scarf = scarf;
    this.#proxy = proxy;
    this.#userName = userName;
    this.#folder = join(scarf.folder, "travellers", userName);
    this.#retry = { attempts: 3, firstDelaySeconds: 0.005 };
    this.#resource = new PacResource({
      id: "SCARF@STFC",
      baseUrl: `${proxy.origin}/platform/`,
      login: { kind: "token-page", url: `${proxy.origin}/cgi-bin/token.py` },
      uploadChunkBytes: chunkBytes,
      generation,
      retry: this.#retry,
      lookUpPausesSeconds: [0.005, 0.01],
      // A connection of which one direction has ended looks like one on which nothing comes.
      timeouts: {
        connectSeconds: timeoutSeconds,
        responseSeconds: timeoutSeconds,
        idleSeconds: timeoutSeconds,
      },
    });
    this.#sessions = new SessionManager({
      resources: [this.#resource],
      ...(answersRenewal && { renew: async () => ({ userName, password: scarf.password }) }),
    });
    this.#journal = new SubmitJournal(join(this.#folder, "journal"));
  }

  async close(): Promise<void> {
    await this.#sessions.close();
  }

  /** Log in, ping, send files, submit two jobs, watch both, read output, cancel one, fetch the other's results, log out. */
  async travel(number: number): Promise<Journey> {
    this.#errors = [];
    this.#violations = [];
    const here = join(this.#folder, `scan-${number}`);
    const results = join(this.#folder, `results-${number}`);
    await mkdir(here, { recursive: true });
    const contents = Object.entries(sizes).map(([name, size]) => ({
      name,
      content: contentOf(`${this.#userName} ${number} ${name}`, size),
    }));
    for (const { name, content } of contents) await writeFile(join(here, name), content);

    await this.#persist("ping", () => this.#resource.ping());
    await this.#logIn();
    const there = `up-${number}`;
    for (const { name } of contents)
      await this.#persist(`upload ${name}`, async () => {
        await uploadFile(await this.#current(), join(here, name), there, { retry: this.#retry });
      });
    const directory = join(this.#scarf.homes, this.#userName, there);
    const work = await this.#submit(
      `work-${number}`,
      `out=$PWD; cd ${directory} && cat ${joined} > "$out/result.bin" && echo joined`,
    );
    const idle = await this.#submit(`idle-${number}`, "sleep 600");

    const status = await this.#waitFor(work);
    if (status?.phase !== "finished" || status.outcome !== "succeeded")
      this.#violations.push(`job ${work} is ${JSON.stringify(status)}`);
    const listed = await this.#persist("list", async () => (await this.#current()).list());
    for (const id of [work, idle])
      if (!listed.some((job) => job.id === id)) this.#violations.push(`job ${id} is not listed`);
    await this.#persist("cancel", async () => (await this.#current()).cancel(idle));
    const end = await this.#waitFor(idle);
    if (end?.phase !== "finished" || end.outcome !== "cancelled")
      this.#violations.push(`job ${idle}, cancelled, is ${JSON.stringify(end)}`);
    await this.#persist("download", async () => {
      const report = await downloadJobFiles(await this.#current(), work, {
        directory: results,
        names: ["result.bin", `${work}.output`],
        overwrite: "skip",
        retry: this.#retry,
      });
      const [failure] = report.failures;
      if (failure !== undefined) throw failure.error;
    });
    await this.#sessions.logOut("SCARF@STFC", this.#userName);

    // What arrives late may still be on its way.
    await this.#proxy.settled();
    await this.#expectFiles(directory, contents);
    await this.#expectFiles(results, [
      { name: "result.bin", content: Buffer.concat(contents.map(({ content }) => content)) },
      { name: `${work}.output`, content: Buffer.from("joined\n") },
    ]);
    return { errors: this.#errors, violations: this.#violations };
  }

  async #logIn(): Promise<void> {
    const { password } = this.#scarf;
    this.#session = await this.#persist("log in", () =>
      this.#sessions.logIn("SCARF@STFC", { userName: this.#userName, password }),
    );
  }

  async #current(): Promise<Session> {
    return this.#session ?? this.#sessions.session("SCARF@STFC", this.#userName);
  }

  async #submit(name: string, commandLine: string): Promise<string> {
    const { jobId } = await this.#persist(`submit ${name}`, async () =>
      submitOnce(
        await this.#current(),
        { name, task: { kind: "shell", commandLine } },
        { submitKey: `key of ${name}`, journal: this.#journal, retry: this.#retry },
      ),
    );
    return jobId;
  }

  async #waitFor(id: string): Promise<JobStatus | undefined> {
    const { status } = await this.#persist("watch", async () => waitForJob(await this.#current(), id));
    return status;
  }

  /** Repeats a call until it succeeds. Each failure must be one of ours, say what it is about and what to do. */
  async #persist<Result>(step: string, call: () => Promise<Result>): Promise<Result> {
    for (let count = 1; ; count += 1) {
      try {
        return await call();
      } catch (error) {
        if (!isScarfError(error)) throw error;
        this.#errors.push(`${step}: ${error.code}`);
        if (error.code === "SESSION_EXPIRED") await this.#logInAgain(step, error);
        if (!/\S.*[.!?)]$/s.test(error.message) || (error.hint ?? "") === "")
          this.#violations.push(`${step}: the error ${error.code} does not help: ${error.message}`);
        if (count === mostCalls) throw error;
      }
    }
  }

  /** As the error says. */
  async #logInAgain(step: string, { message, hint = "" }: ScarfError): Promise<void> {
    const remedy = `scarf login --resource SCARF@STFC --user ${this.#userName}`;
    if (!message.includes(`of ${this.#userName} on SCARF@STFC has ended`) || !hint.includes(remedy))
      this.#violations.push(`${step}: the error does not name the session: ${message} ${hint}`);
    await this.#logIn();
  }

  async #expectFiles(
    directory: string,
    expected: readonly { readonly name: string; readonly content: Buffer }[],
  ): Promise<void> {
    const names = await readdir(directory);
    const wanted = expected.map(({ name }) => name);
    if (names.toSorted().join() !== wanted.toSorted().join())
      this.#violations.push(`${directory} has ${names.join()} instead of ${wanted.join()}`);
    for (const { name, content } of expected)
      if (!(await readFile(join(directory, name)).catch(() => undefined))?.equals(content))
        this.#violations.push(`${name} in ${directory} has other bytes`);
  }
}

/** Bytes that tell what they belong to, and where. */
function contentOf(what: string, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let at = 0; at < size; at += 64) blocks.push(createHash("sha512").update(`${what} ${at}`).digest());
  return Buffer.concat(blocks).subarray(0, size);
}

import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isScarfError } from "../../errors/index.js";
import { HttpClient } from "../../transports/http/index.js";
import type { SlurmApiVersion } from "../../wire/index.js";
import type { Session } from "../compute-resource.js";
import { SlurmRestJobs } from "./slurm-rest-jobs.js";
import { SlurmRestResource } from "./slurm-rest-resource.js";
import { SlurmRestService } from "./slurm-rest-service.js";
import { mintToken } from "./slurm-token.js";
import { submitOnce } from "./submit.js";
import { type ScriptedAnswer, type ScriptedDaemon, startScriptedDaemon } from "./testing/scripted-daemon.js";
import { TokenHolder } from "./token-holder.js";
import { type SubmitRecord, UserFolder } from "./user-folder.js";

const who = { resourceId: "scripted", userName: "alice" };
const token = mintToken(Buffer.from("a key of the site of 32 bytes .."), {
  userName: "alice",
  issuedAt: new Date(),
  lifetimeSeconds: 600,
});
const spec = { task: { kind: "command", argv: ["true"] } } as const;
const submit = "POST job/submit";
const nothingThere = { body: { jobs: [], partitions: [], errors: [] } };

let base: string;
beforeAll(async () => void (base = await mkdtemp(join(tmpdir(), "scarf-submit-"))));
afterAll(() => rm(base, { recursive: true }));

let homes = 0;
/** A directory of alice's. */
async function newHome(): Promise<string> {
  const home = join(base, String((homes += 1)), "alice");
  await mkdir(home, { recursive: true });
  return home;
}

interface Setting {
  readonly daemon: ScriptedDaemon;
  readonly session: Session;
  readonly home: string;
}

async function withSession(
  answer: (request: string, home: string) => ScriptedAnswer | undefined | Promise<ScriptedAnswer>,
  use: (setting: Setting) => Promise<void>,
  apiVersion: SlurmApiVersion = "v0.0.42",
): Promise<void> {
  const home = await newHome();
  await using daemon = await startScriptedDaemon(
    async (request) => (await answer(request, home)) ?? nothingThere,
  );
  const resource = new SlurmRestResource({
    id: "scripted",
    baseUrl: daemon.baseUrl,
    retry: { attempts: 1 },
    sharedFolder: { home: join(home, "..", "{user}") },
    lookUpPausesSeconds: [0, 0],
  });
  const session = resource.resume({ ...who, savedAt: "", state: { token, apiVersion } });
  try {
    await use({ daemon, session, home });
  } finally {
    await resource.close();
  }
}

async function tell(call: Promise<string>): Promise<string> {
  return call.catch((error: unknown) => {
    if (isScarfError(error)) return error.code;
    throw error;
  });
}

function posts({ seen }: ScriptedDaemon): number {
  return seen.filter((request) => request === submit).length;
}

/** A job with the key, as the controller lists it. */
function listed(id: number, submitKey: string): ScriptedAnswer {
  const job = {
    job_id: id,
    job_state: ["PENDING"],
    user_name: "alice",
    comment: `[submit-key ${submitKey}]`,
  };
  return { body: { jobs: [job], errors: [] } };
}

describe("an answer to a submit that is no refusal", () => {
  it.each<[string, SlurmApiVersion, ScriptedAnswer]>([
    [
      "lost on its way from the controller, in the words of v0.0.36",
      "v0.0.36",
      {
        status: 500,
        body: { errors: [{ error: "Unable to contact slurm controller (receive failure)", error_code: 0 }] },
      },
    ],
    ["without a word", "v0.0.42", { status: 500, body: { errors: [] } }],
    ["a vague one", "v0.0.42", { status: 500, body: { errors: [{ error_number: -1 }] } }],
    [
      "one that did not wait",
      "v0.0.42",
      { status: 500, body: { errors: [{ error_number: 5004, error: "Socket timed out" }] } },
    ],
  ])("keeps the key: %s", async (_what, version, lost) => {
    await withSession(
      (request) => (request === submit ? lost : undefined),
      async ({ daemon, session }) => {
        expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("SUBMIT_AMBIGUOUS");
        expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("SUBMIT_AMBIGUOUS");
        expect(posts(daemon)).toBe(1);
      },
      version,
    );
  });

  it("is of the job that is found by its comment", async () => {
    await withSession(
      (request) => {
        if (request === submit) return { status: 500, body: { errors: [] } };
        return request === "GET jobs" ? listed(9, "k") : undefined;
      },
      async ({ daemon, session }) => {
        expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("9");
        expect(posts(daemon)).toBe(1);
      },
    );
  });

  it.each([-1, 7000, 1007, 1800])("has a job in it, whatever stands beside it (%i)", async (code) => {
    const body = { job_id: 9, errors: [{ error_number: code, error: "something" }] };
    await withSession(
      (request) => (request === submit ? { status: 500, body } : undefined),
      async ({ session }) => expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("9"),
    );
  });
});

describe("a key of a submit", () => {
  it("is free again where the controller was not reached", async () => {
    const errors = [{ error: "Unable to contact slurm controller (connect failure)", error_code: 0 }];
    await withSession(
      (request) => (request === submit ? { status: 500, body: { errors } } : undefined),
      async ({ daemon, session }) => {
        expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("SCHEDULER_UNAVAILABLE");
        expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("SCHEDULER_UNAVAILABLE");
        expect(posts(daemon)).toBe(2);
      },
      "v0.0.36",
    );
  });

  it("has its job although the folder can't keep the id", async () => {
    await withSession(
      async (request, home) => {
        if (request !== submit) return request === "GET jobs" ? listed(9, "k") : nothingThere;
        const records = join(home, "scarf-jobs", ".submits");
        await rm(records, { recursive: true });
        await writeFile(records, "no directory");
        return { body: { job_id: 9, errors: [] } };
      },
      async ({ session }) => expect(await tell(session.submit(spec, { submitKey: "k" }))).toBe("9"),
    );
  });

  it("is given back by a submit that is stopped before it is sent", async () => {
    const home = await newHome();
    const stop = new AbortController();
    class StoppingFolder extends UserFolder {
      override async claim(submitKey: string, record: SubmitRecord): Promise<SubmitRecord | undefined> {
        const earlier = await super.claim(submitKey, record);
        stop.abort();
        return earlier;
      }
    }
    const folder = new StoppingFolder({ home }, who, () => {});
    await using daemon = await startScriptedDaemon(() => nothingThere);
    const client = new HttpClient();
    const holder = new TokenHolder({ kind: "given" }, who, token);
    const service = new SlurmRestService(client, daemon.baseUrl, { who, token: holder, version: "v0.0.42" });
    const jobs = new SlurmRestJobs(service, () => undefined);
    const setup = {
      service,
      jobs,
      folder,
      lookUpPausesSeconds: [],
      fetchQueues: async () => [],
      onAdvice: () => {},
    };
    expect(await tell(submitOnce(setup, spec, { submitKey: "k", signal: stop.signal }))).toBe("ABORTED");
    expect([posts(daemon), await folder.read("k")]).toEqual([0, undefined]);
    client.close();
  });

  it("is asked for twice at once: the second one may stop waiting, and the first one has the job", async () => {
    let answer: (answer: ScriptedAnswer) => void = () => {};
    const answered = new Promise<ScriptedAnswer>((resolve) => (answer = resolve));
    await withSession(
      (request) => (request === submit ? answered : undefined),
      async ({ session }) => {
        const first = session.submit(spec, { submitKey: "k" });
        const stop = new AbortController();
        const second = tell(session.submit(spec, { submitKey: "k", signal: stop.signal }));
        stop.abort();
        expect(await second).toBe("ABORTED");
        answer({ body: { job_id: 9, errors: [] } });
        expect(await first).toBe("9");
        expect(await session.submit(spec, { submitKey: "k" })).toBe("9");
      },
    );
  });

  it("is nobody's while it can't be taken: a claim that vanishes is no claim of ours", async () => {
    const home = await newHome();
    const folder = new UserFolder({ home }, who, () => {});
    const record = { sentAt: new Date().toISOString() };
    expect(await folder.claim("k", record)).toBeUndefined();
    const records = join(home, "scarf-jobs", ".submits");
    const [name = ""] = await readdir(records);
    // There for link, and not for a reader.
    await rm(join(records, name));
    await symlink("nowhere", join(records, name));
    expect(await tell(folder.claim("k", record).then(() => "ours"))).toBe("FILE_UNWRITABLE");
    expect(await readdir(records)).toEqual([name]);
  });

  it("is one's only, of two that take and release it at once", async () => {
    const home = await newHome();
    let holders = 0;
    const work = async (): Promise<number> => {
      const folder = new UserFolder({ home }, who, () => {});
      let mine = 0;
      for (let round = 0; round < 25; round += 1) {
        if ((await folder.claim("k", { sentAt: new Date().toISOString() })) !== undefined) continue;
        mine += 1;
        holders += 1;
        expect([holders, (await folder.read("k")) !== undefined]).toEqual([1, true]);
        holders -= 1;
        await folder.release("k");
      }
      return mine;
    };
    const counts = await Promise.all([work(), work()]);
    expect(counts[0] + counts[1]).toBeGreaterThan(0);
  });
});

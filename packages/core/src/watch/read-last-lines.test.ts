import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Session } from "../resources/compute-resource.js";
import { LocalResource } from "../resources/local/index.js";
import { readLastLines } from "./read-last-lines.js";
import { waitForJob } from "./wait-for-job.js";

let workspace: string;
let resource: LocalResource;
let session: Session;

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), "scarf-last-lines-"));
  resource = new LocalResource({ workspace, idleSeconds: 0.5 });
  session = await resource.logIn({ userName: "anna" });
});

afterAll(async () => {
  await resource.close();
  await rm(workspace, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
});

async function run(commandLine: string): Promise<string> {
  const submitKey = `key-${commandLine.length}-${Math.random()}`;
  const id = await session.submit({ task: { kind: "shell", commandLine } }, { submitKey });
  await waitForJob(session, id);
  return id;
}

it("tells the end of standard error and of standard output, each for itself", async () => {
  const id = await run("seq 5; printf 'first\\n\\nsecond\\r\\nthird' >&2; exit 3");
  expect(await readLastLines(session, id, "error")).toEqual(["first", "second", "third"]);
  expect(await readLastLines(session, id, "output", { count: 2 })).toEqual(["4", "5"]);
});

it("reads only the end of a long output", async () => {
  const id = await run("seq 100000");
  expect(await readLastLines(session, id, "output", { count: 3 })).toEqual(["99998", "99999", "100000"]);
  expect(await readLastLines(session, id, "error")).toEqual([]);
});

it("tells nothing of a job that isn't there, and nothing at all once aborted", async () => {
  expect(await readLastLines(session, "99", "output")).toEqual([]);
  await expect(readLastLines(session, "99", "output", { signal: AbortSignal.abort() })).rejects.toMatchObject(
    {
      code: "ABORTED",
    },
  );
});

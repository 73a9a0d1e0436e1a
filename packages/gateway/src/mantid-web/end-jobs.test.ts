import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isScarfError, LocalResource, type JobStatus, type Session } from "scarf-tomo";
import { afterAll, beforeAll, expect, it } from "vitest";
import { alterResource } from "../testing/altered-resource.js";
import { removeFolder } from "../testing/remove-folder.js";
import { endJobs } from "./end-jobs.js";

let folder: string;
let resource: LocalResource;
let session: Session;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gateway-end-jobs-"));
  resource = new LocalResource({ workspace: folder, idleSeconds: 0.1 });
  session = await resource.logIn({ userName: "anna" });
});
afterAll(async () => {
  await resource.close();
  await removeFolder(folder);
});

const submit = (): Promise<string> =>
  session.submit(
    { name: "held", hold: true, task: { kind: "command", argv: ["true"] } },
    { submitKey: String(performance.now()) },
  );

/** A session whose resource has lost sight of its jobs, or never saw what a cancellation did. */
async function blind(isStillBlind: () => boolean): Promise<Session> {
  const unknown: JobStatus = {
    phase: "unknown",
    why: "unrecognised",
    raw: "ZOMBI",
    evidence: { source: "test", observedAt: new Date() },
  };
  const altered = alterResource(resource, {}, (inner) => ({
    status: async (ids) => (isStillBlind() ? new Map(ids.map((id) => [id, unknown])) : inner.status(ids)),
  }));
  return altered.logIn({ userName: "anna" });
}

it("cancels a job whose state nobody knows, and waits until its end is known", async () => {
  const id = await submit();
  let looks = 0;
  await endJobs(await blind(() => (looks += 1) <= 2), [id], 60);
  expect((await session.status([id])).get(id)).toMatchObject({ phase: "finished", outcome: "cancelled" });
});

it("says to stop again where nobody can say whether a job has ended", async () => {
  const id = await submit();
  const lost = await blind(() => true);
  const failure: unknown = await endJobs(lost, [id], 0).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "SCHEDULER_UNAVAILABLE" });
  expect(isScarfError(failure) && failure.message).toMatch(new RegExp(`nobody can say.*: ${id}\\.`));
  expect(isScarfError(failure) && failure.hint).toMatch(/^Stop the transaction again/);
  // By then the job is known to have ended, and what is known counts more than a status that is not.
  await endJobs(lost, [id], 0);
});

it("takes a job that is not there, or has ended, for no obstacle", async () => {
  const id = await submit();
  await session.cancel(id);
  await expect(endJobs(session, [id, "987654"], 0)).resolves.toBeUndefined();
});

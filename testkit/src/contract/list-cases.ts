import { expect } from "vitest";
import { awaitEnd, awaitPhase, submit, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

export function listCases(contract: Case): void {
  contract("lists newest jobs first", async ({ session }) => {
    const name = uniqueName("order");
    const ids: string[] = [];
    for (let count = 0; count < 4; count += 1)
      ids.push(await submit(session, { name, task: { kind: "command", argv: ["true"] } }));
    expect((await session.list({ name })).map(({ id }) => id)).toEqual(ids.toReversed());
    const all = (await session.list()).map(({ id }) => id);
    expect(all).toEqual(expect.arrayContaining(ids));
  });

  contract("finds jobs by name, with and without wildcards", async ({ session }) => {
    const stem = uniqueName("find.me");
    const names = [`${stem}-a`, `${stem}-b`, `${stem}-ab`];
    for (const name of names) await submit(session, { name, task: { kind: "command", argv: ["true"] } });
    const found = async (name: string) => (await session.list({ name })).map((job) => job.name).toSorted();
    expect(await found(`${stem}-a`)).toEqual([`${stem}-a`]);
    expect(await found(`${stem}*`)).toEqual(names.toSorted());
    expect(await found(`${stem}-*b`)).toEqual([`${stem}-ab`, `${stem}-b`]);
    expect(await found(`${stem}-a*b*`)).toEqual([`${stem}-ab`]);
    expect(await found(stem)).toEqual([]);
    // A dot is a dot.
    expect(await found(`${stem.replace(".", "x")}*`)).toEqual([]);
  });

  contract("finds jobs by phase and by outcome", async ({ session }) => {
    const name = uniqueName("phases");
    const script = (commandLine: string) => submit(session, { name, task: { kind: "shell", commandLine } });
    const [good, bad, running] = await Promise.all([script("exit 0"), script("exit 1"), script("sleep 60")]);
    await Promise.all([
      awaitEnd(session, good),
      awaitEnd(session, bad),
      awaitPhase(session, running, "running"),
    ]);
    const found = async (query: object) =>
      (await session.list({ name, ...query })).map(({ id }) => id).toSorted();
    expect(await found({ phases: ["running"] })).toEqual([running]);
    expect(await found({ phases: ["finished"] })).toEqual([good, bad].toSorted());
    expect(await found({ phases: ["queued", "held"] })).toEqual([]);
    expect(await found({ outcomes: ["succeeded"] })).toEqual([good]);
    expect(await found({ outcomes: ["failed", "timed-out"] })).toEqual([bad]);
    expect(await found({ phases: ["running", "finished"] })).toEqual([good, bad, running].toSorted());
    await session.cancel(running);
  });

  contract("leaves out jobs that ended before an instant", async ({ session }) => {
    const name = uniqueName("since");
    const id = await submit(session, { name, task: { kind: "command", argv: ["true"] } });
    await awaitEnd(session, id);
    const hour = 3_600_000;
    const found = async (endedSince: Date) => (await session.list({ name, endedSince })).map((job) => job.id);
    expect(await found(new Date(Date.now() - hour))).toEqual([id]);
    expect(await found(new Date(Date.now() + hour))).toEqual([]);
  });
}

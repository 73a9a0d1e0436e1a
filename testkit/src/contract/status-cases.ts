import { expect } from "vitest";
import { awaitEnd, awaitPhase, expectCode, submit, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

export function statusCases(contract: Case): void {
  contract("answers for every id it was asked about, and spoils none for another", async ({ session }) => {
    const id = await submit(session, { task: { kind: "command", argv: ["true"] } });
    await awaitEnd(session, id);
    const strange = [
      "999999999",
      "nonsense",
      `${id}[77777]`,
      "0",
      "-1",
      "1;id",
      "a/b",
      "<x>",
      "1,2",
      "",
      "ü",
    ];
    const answer = await session.status([...strange, id]);
    expect([...answer.keys()].toSorted()).toEqual([...strange, id].toSorted());
    expect(answer.get(id)).toMatchObject({ phase: "finished", outcome: "succeeded" });
    for (const unknown of strange)
      expect([unknown, answer.get(unknown)]).toMatchObject([
        unknown,
        { phase: "unknown", why: "not-listed" },
      ]);
  });

  contract("answers for no ids and for many", async ({ session }) => {
    expect((await session.status([])).size).toBe(0);
    const ids = Array.from({ length: 500 }, (_, index) => String(800_000_000 + index));
    expect((await session.status(ids)).size).toBe(500);
  });

  contract("tells the same of a job wherever it is asked", async ({ session }) => {
    const name = uniqueName();
    const id = await submit(session, { name, task: { kind: "shell", commandLine: "exit 9" } });
    await awaitEnd(session, id);
    const expected = { phase: "finished", outcome: "failed", exitCode: 9 };
    expect((await session.status([id])).get(id)).toMatchObject(expected);
    expect((await session.job(id)).status).toMatchObject(expected);
    expect(await session.list({ name })).toMatchObject([{ id, name, status: expected }]);
  });

  contract("tells that a job runs while it does", async ({ session }) => {
    const id = await submit(session, { task: { kind: "shell", commandLine: "sleep 60" } });
    const status = await awaitPhase(session, id, "running");
    expect(status.evidence.observedAt).toBeInstanceOf(Date);
    expect((await session.job(id)).endedAt).toBeUndefined();
    expect(await session.cancel(id)).toBe("requested");
  });

  contract("says JOB_NOT_FOUND for jobs that are not there", async ({ session }) => {
    for (const id of ["999999999", "nonsense", "../1", "1;id", ""]) {
      const calls = [
        () => session.job(id),
        () => session.cancel(id),
        ...(session.capabilities.hold ? [() => session.hold(id), () => session.release(id)] : []),
        ...(session.capabilities.suspend ? [() => session.suspend(id), () => session.resume(id)] : []),
        ...(session.capabilities.requeue ? [() => session.requeue(id)] : []),
        () => session.jobFiles(id).list(),
        () => session.jobFiles(id).read("out.txt"),
      ];
      for (const call of calls) await expectCode(call, "JOB_NOT_FOUND");
    }
  });
}

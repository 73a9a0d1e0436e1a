import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { awaitEnd, expectCode, readText, submit, uniqueName } from "./bench.js";
import { expectCancelled } from "./control-cases.js";
import type { Case } from "./contract-subject.js";

export function arrayCases(contract: Case): void {
  contract("runs an array once for each index", async ({ session }) => {
    const name = uniqueName("array");
    const spec = {
      name,
      task: {
        kind: "shell",
        commandLine: 'i=${LSB_JOBINDEX:-$SLURM_ARRAY_TASK_ID}; echo "index $i"; [ "$i" != 5 ]',
      },
      array: { indices: "1,3-5:2" },
      outputPath: "o-%J-%I.txt",
      errorPath: "e-%J-%I.txt",
    } as const;
    if (!session.capabilities.arrays) {
      await expectCode(() => submit(session, spec), "NOT_SUPPORTED");
      return;
    }
    const id = await submit(session, spec);
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "failed", exitCode: 1 });
    const elements = [1, 3, 5].map((index) => `${id}[${index}]`);
    const answer = await session.status(elements);
    expect(elements.map((element) => answer.get(element))).toMatchObject([
      { outcome: "succeeded" },
      { outcome: "succeeded" },
      { outcome: "failed", exitCode: 1 },
    ]);
    // Slurm's own commands write 12_3 for what LSF's write 12[3]; as a question every resource takes both.
    const listed = (await session.list({ name })).map((job) => job.id.replace(/_(\d+)$/, "[$1]"));
    expect(listed.toSorted()).toEqual(elements);
    for (const index of [1, 3, 5])
      expect(await readText(await session.jobFiles(`${id}[${index}]`).read(`o-${id}-${index}.txt`))).toBe(
        `index ${index}\n`,
      );
    await expectCode(() => session.job(`${id}[2]`), "JOB_NOT_FOUND");
  });

  contract("cancels one element of an array and leaves the others", async ({ session }) => {
    if (!session.capabilities.arrays || !session.capabilities.hold) return;
    const id = await submit(session, {
      task: { kind: "command", argv: ["true"] },
      array: { indices: "1-2" },
      hold: true,
    });
    await session.cancel(`${id}[1]`);
    await session.release(`${id}[2]`);
    await expectCancelled(session, `${id}[1]`);
    expect(await awaitEnd(session, `${id}[2]`)).toMatchObject({ outcome: "succeeded" });
    expect(await session.cancel(id)).toBe("already-finished");
  });

  contract("runs no more elements at a time than asked for", async ({ session }) => {
    if (!session.capabilities.arrays) return;
    const id = await submit(session, {
      task: { kind: "shell", commandLine: "mkdir alone || exit 1; sleep 0.3; rmdir alone" },
      array: { indices: "1-3", maxRunning: 1 },
    });
    await sleep(100);
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
  });

  contract("refuses indices that are none", async ({ session }) => {
    if (!session.capabilities.arrays) return;
    for (const indices of ["", "x", "3-1", "1-", "1-1000000000", "1;2"])
      await expectCode(
        () => submit(session, { task: { kind: "command", argv: ["true"] }, array: { indices } }),
        "SPEC_INVALID",
        "SPEC_REJECTED",
      );
  });
}

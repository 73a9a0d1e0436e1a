import type { JobSpec } from "scarf-tomo";
import { expect } from "vitest";
import { awaitEnd, expectCode, failureOf, run, submit, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

const task = { kind: "command", argv: ["true"] } as const;

/** Specs that many resources can't do. Those who can must do it; the others must say so. */
const rareWishes: Readonly<Record<string, Omit<JobSpec, "task">>> = {
  account: { account: "no-such-account" },
  qos: { qos: "no-such-qos" },
  reservation: { reservation: "no-such-reservation" },
  notification: { notification: { events: ["ended"], address: "nobody@example.invalid" } },
  nativeOptions: { nativeOptions: ["--no-such-option-anywhere"] },
  "resources.gpusPerNode": { resources: { gpusPerNode: 99 } },
  "resources.constraint": { resources: { constraint: "no&such&feature" } },
};

const nonsense: readonly (readonly [field: string, spec: JobSpec])[] = [
  ["task", { task: { kind: "shell", commandLine: " " } }],
  ["task", { task: { kind: "script", text: "" } }],
  ["task", { task: { kind: "command", argv: [""] } }],
  ["task", { task: { kind: "command", argv: ["true", "nul\0nul"] } }],
  ["environment", { task, environment: { "NOT A NAME": "x" } }],
  ["environment", { task, environment: { "1X": "x" } }],
  ["environment", { task, environment: { X: "nul\0nul" } }],
  ["resources", { task, resources: { nodes: 0 } }],
  ["resources", { task, resources: { coresPerTask: 1.5 } }],
  ["resources", { task, resources: { wallTimeSeconds: -1 } }],
  ["resources", { task, resources: { memoryPerNodeBytes: Number.NaN } }],
  ["beginAt", { task, beginAt: new Date(Number.NaN) }],
  ["outputPath", { task, outputPath: "" }],
];

export function refusalCases(contract: Case): void {
  contract("refuses what it can't do by the field's name, and makes no job", async ({ session }) => {
    for (const [field, wish] of Object.entries(rareWishes)) {
      const name = uniqueName("rare");
      const spec = { name, task, ...wish };
      const refused = (await session.validate(spec)).filter(({ severity }) => severity === "refused");
      if (refused.length > 0) expect(refused.map((problem) => problem.field)).toContain(field);
      let id: string | undefined;
      const failure = await failureOf(async () => {
        id = await submit(session, spec);
        throw new Error(`A job with ${field} was taken`);
      }).catch((error: unknown) => {
        // Taken: then validate must not have said otherwise, and the job can be got rid of.
        if (id === undefined || refused.length > 0) throw error;
        return undefined;
      });
      if (id !== undefined) {
        await session.cancel(id);
        continue;
      }
      expect(["NOT_SUPPORTED", "SPEC_REJECTED", "SPEC_INVALID"]).toContain(failure?.code);
      expect([field, await session.list({ name })]).toEqual([field, []]);
    }
  });

  contract("finds nonsense in a spec, by the field's name, and submits none of it", async ({ session }) => {
    for (const [field, spec] of nonsense) {
      const name = uniqueName("nonsense");
      const problems = await session.validate({ ...spec, name });
      const fields = problems
        .filter(({ severity }) => severity === "refused")
        .map((problem) => problem.field);
      expect(
        fields.some((path) => path === field || path.startsWith(field)),
        `${field} in ${fields.join()}`,
      ).toBe(true);
      await expectCode(() => submit(session, { ...spec, name }), "SPEC_INVALID", "SPEC_REJECTED");
      expect(await session.list({ name })).toEqual([]);
    }
  });

  contract("refuses an unknown queue by its name", async ({ session }) => {
    const name = uniqueName();
    const failure = await expectCode(
      () => submit(session, { name, task, queue: "no-such-queue" }),
      "SPEC_REJECTED",
    );
    expect(failure.message).toContain("no-such-queue");
    expect(await session.list({ name })).toEqual([]);
  });

  contract("refuses a job that is larger than the queue", async ({ session }) => {
    const name = uniqueName();
    const resources = { nodes: 1_000, tasksPerNode: 1_000 };
    await expectCode(() => submit(session, { name, task, resources }), "SPEC_REJECTED");
    expect(await session.list({ name })).toEqual([]);
  });

  contract("lists its queues, and takes jobs for each that accepts them", async ({ session }) => {
    if (!session.capabilities.queues) {
      await expectCode(() => session.queues(), "NOT_SUPPORTED");
      return;
    }
    const queues = await session.queues();
    expect(queues.length).toBeGreaterThan(0);
    expect(queues.filter(({ isDefault }) => isDefault).length).toBeLessThanOrEqual(1);
    for (const { name, acceptsJobs } of queues) {
      if (!acceptsJobs) continue;
      const { job } = await run(session, { task, queue: name });
      expect(job).toMatchObject({ queue: name, status: { outcome: "succeeded" } });
    }
  });

  contract("tells the forms that it takes, and refuses what does not fit them", async ({ session }) => {
    if (!session.capabilities.applicationForms) {
      await expectCode(() => session.applications(), "NOT_SUPPORTED");
      await expectCode(() => session.applicationForm("generic"), "NOT_SUPPORTED");
      return;
    }
    expect((await session.applications()).map(({ name }) => name)).toContain("generic");
    const form = await session.applicationForm("generic");
    expect(form.fields.find(({ id }) => id === "COMMANDTORUN")).toMatchObject({ mandatory: true });
    await expectCode(() => session.applicationForm("no_such_application"), "APPLICATION_UNKNOWN");
    const name = uniqueName();
    const parameters = { JOB_NAME: name, COMMANDTORUN: " " };
    await expectCode(
      () => submit(session, { task: { kind: "application", application: "generic", parameters } }),
      "SPEC_INVALID",
      "SPEC_REJECTED",
    );
    expect(await session.list({ name })).toEqual([]);
  });

  contract("finds nothing wrong with a plain job, and submits none by looking", async ({ session }) => {
    const name = uniqueName("looked-at");
    const spec = { name, task: { kind: "shell", commandLine: "echo unmistakable" } } as const;
    expect((await session.validate(spec)).filter(({ severity }) => severity === "refused")).toEqual([]);
    expect(await session.explain(spec)).toContain("unmistakable");
    expect(await session.list({ name })).toEqual([]);
  });

  contract("masks secrets where it explains a job", async ({ session }) => {
    const spec = { task, environment: { MY_PASSWORD: "hunter2-hunter2", API_TOKEN: "tok-123456" } };
    const text = await session.explain(spec);
    expect(text).not.toContain("hunter2-hunter2");
    expect(text).not.toContain("tok-123456");
  });

  contract("takes an application's form, or says that a template is needed", async ({ session }) => {
    const form = {
      name: uniqueName("form"),
      task: { kind: "application", application: "generic", parameters: { COMMANDTORUN: "echo form" } },
    } as const;
    if (!session.capabilities.applicationForms) {
      await expectCode(() => submit(session, form), "NOT_SUPPORTED");
      expect((await session.validate(form)).map(({ field }) => field)).toContain("task");
      return;
    }
    const id = await submit(session, form);
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
    const unknown = { ...form, task: { ...form.task, application: "NO_SUCH_APPLICATION" } };
    await expectCode(() => submit(session, unknown), "APPLICATION_UNKNOWN", "SPEC_REJECTED");
  });

  contract("runs the scheduler's commands, or says that it has none", async ({ session }) => {
    if (session.capabilities.userCommands) {
      const failure = await failureOf(() => session.runUserCommand(["no-such-command-anywhere"]));
      expect(["OPERATION_REFUSED", "NOT_SUPPORTED", "PERMISSION_DENIED"]).toContain(failure.code);
    } else await expectCode(() => session.runUserCommand(["bjobs"]), "NOT_SUPPORTED");
  });
}

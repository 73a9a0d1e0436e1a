import { describe, expect, it } from "vitest";
import type { JobSpec } from "../../model/index.js";
import { bytesSource } from "../../transfers/bytes-source.js";
import { planJob, type RestPlan } from "./plan-job.js";
import { findQueueProblems } from "../../schedulers/slurm/index.js";

const task = { kind: "command", argv: ["true"] } as const;
const ownDirectory = "/home/alice/scarf-jobs/k";

function plan(
  spec: Omit<JobSpec, "task"> & Partial<Pick<JobSpec, "task">>,
  own: string | undefined = ownDirectory,
): RestPlan {
  return planJob({ task, ...spec }, { submitKey: "k", ownDirectory: own });
}

function refusals({ problems }: RestPlan): readonly string[] {
  return problems
    .filter(({ severity }) => severity === "refused")
    .map(({ field, code }) => `${field} ${code}`);
}

describe("what slurmrestd takes and Slurm makes a failure of", () => {
  it("always has an environment, a directory and a first line", () => {
    const { request } = plan({});
    expect(request.environment["PATH"]).toContain("/usr/bin");
    expect(request.workingDirectory).toBe(ownDirectory);
    expect(request.script).toMatch(/^#!\/bin\/sh\n/);
    expect(request.comment).toBe("[submit-key k]");
  });

  it.each<[string, Omit<JobSpec, "task"> & Partial<Pick<JobSpec, "task">>, string]>([
    ["an empty script", { task: { kind: "script", text: " \n" } }, "task.text SPEC_INVALID"],
    [
      "line ends of Windows",
      { task: { kind: "script", text: "#!/bin/sh\r\ntrue\r\n" } },
      "task.text SPEC_INVALID",
    ],
    [
      "a script of 4 MiB",
      { task: { kind: "shell", commandLine: `true ${"x".repeat(2 ** 22)}` } },
      "task SPEC_REJECTED",
    ],
    [
      "an environment of 17 MiB",
      { environment: { X: "x".repeat(17 * 2 ** 20) } },
      "environment SPEC_REJECTED",
    ],
    [
      "an application's form",
      { task: { kind: "application", application: "x", parameters: {} } },
      "task NOT_SUPPORTED",
    ],
    ["a backslash in a name", { outputPath: String.raw`a\b` }, "outputPath SPEC_REJECTED"],
    ["a priority", { priority: 5 }, "priority NOT_SUPPORTED"],
    ["test_only, which really submits", { nativeOptions: ["--test-only"] }, "nativeOptions NOT_SUPPORTED"],
    ["an option without its value", { nativeOptions: ["--nice"] }, "nativeOptions NOT_SUPPORTED"],
    [
      "a dependency on nonsense",
      { dependencies: [{ condition: "ended", jobId: "1;x" }] },
      "dependencies[0].jobId SPEC_REJECTED",
    ],
    [
      // Slurm would read it as "one minute after 12 has started".
      "a dependency on a component",
      { dependencies: [{ condition: "started", jobId: "12+1" }] },
      "dependencies[0].jobId NOT_SUPPORTED",
    ],
    [
      "a dependency on some of those that wait",
      { dependencies: [{ condition: "ended", jobId: "12_[5-9]" }] },
      "dependencies[0].jobId NOT_SUPPORTED",
    ],
    ["no element at once", { array: { indices: "1-3", maxRunning: 0 } }, "array.maxRunning SPEC_INVALID"],
    [
      "no number of elements at once",
      { array: { indices: "1-3", maxRunning: Number.NaN } },
      "array.maxRunning SPEC_INVALID",
    ],
    ["an empty account", { account: "" }, "account SPEC_INVALID"],
    ["an empty constraint", { resources: { constraint: "" } }, "resources.constraint SPEC_INVALID"],
    ["a range that goes down", { array: { indices: "3-1" } }, "array.indices SPEC_INVALID"],
  ])("is refused before: %s", (_what, spec, expected) => {
    expect(refusals(plan(spec))).toEqual([expected]);
  });

  it("refuses, without a shared folder, what needs files or a directory", () => {
    const bare = (spec: Omit<JobSpec, "task"> & Partial<Pick<JobSpec, "task">>): readonly string[] =>
      refusals(planJob({ task, ...spec }, { submitKey: "k", ownDirectory: undefined }));
    expect(bare({})).toEqual(["workingDirectory SPEC_INVALID"]);
    const attachments = [{ name: "a", source: bytesSource("x") }];
    expect(bare({ workingDirectory: "/w", attachments })).toEqual(["attachments NOT_SUPPORTED"]);
    expect(bare({ workingDirectory: "/w", task: { kind: "script", text: "a\0b" } })).toEqual([
      "task.text NOT_SUPPORTED",
    ]);
    expect(bare({ workingDirectory: "/w", task: { kind: "script", text: "echo\n" } })).toEqual([]);
  });

  it("says what a partition will never give", () => {
    const queues = [
      {
        name: "debug",
        isDefault: true,
        acceptsJobs: true,
        maxWallTimeSeconds: 3600,
        maxNodes: 4,
        totalCores: 8,
      },
      { name: "off", isDefault: false, acceptsJobs: false },
    ];
    const fields = (spec: Omit<JobSpec, "task">): readonly string[] =>
      findQueueProblems({ task, ...spec }, queues).map(({ field }) => field);
    expect(fields({})).toEqual([]);
    expect(fields({ queue: "nope" })).toEqual(["queue"]);
    expect(fields({ queue: "off" })).toEqual(["queue"]);
    expect(fields({ resources: { wallTimeSeconds: 3601 } })).toEqual(["resources.wallTimeSeconds"]);
    expect(fields({ resources: { wallTimeSeconds: 3601 }, qos: "long" })).toEqual([]);
    expect(fields({ resources: { nodes: 5, tasksPerNode: 2 } })).toEqual([
      "resources.nodes",
      "resources.tasks",
    ]);
    expect(findQueueProblems({ task }, [])).toEqual([]);
  });
});

describe("what is sent", () => {
  it("has Slurm's units, and says so where they are coarser", () => {
    const { request, problems } = plan({
      resources: { wallTimeSeconds: 61, memoryPerNodeBytes: 2 ** 20 + 1 },
    });
    expect(request).toMatchObject({ timeLimitMinutes: 2, memoryPerNodeMegabytes: 2 });
    expect(problems.map(({ severity, field }) => `${severity} ${field}`)).toEqual([
      "emulated resources.wallTimeSeconds",
      "emulated resources.memoryPerNodeBytes",
    ]);
  });

  it("writes file names in Slurm's patterns, and takes none for one by chance", () => {
    expect(plan({}).request).toMatchObject({
      outputPath: `${ownDirectory}/%j.output`,
      errorPath: `${ownDirectory}/%j.error`,
    });
    expect(plan({ outputPath: "100%done-%J.out", workingDirectory: "/w %x" }).request).toMatchObject({
      outputPath: "/w %%x/100%%done-%j.out",
      errorPath: "/w %%x/100%%done-%j.error",
    });
    const array = { indices: "1-4", maxRunning: 2 };
    expect(plan({ array, outputPath: "/abs/%J-%I" }).request).toMatchObject({
      array: "1-4%2",
      outputPath: "/abs/%A-%a",
      errorPath: "/abs/%A-%a.error",
    });
    expect(plan({ outputPath: "x".repeat(255) }).request.errorPath).toBe(`${ownDirectory}/%j.error`);
  });

  it("leaves the names of a user that the spec sets", () => {
    expect(plan({}).request.script).toContain("USER=$(id -un); export USER\nLOGNAME=$(id -un)");
    const { script } = plan({ environment: { USER: "beamline" } }).request;
    expect(script).not.toMatch(/^USER=/m);
    expect(script).toMatch(/^LOGNAME=/m);
  });

  it("joins dependencies, and reads ids in either writing", () => {
    const dependencies = [
      { condition: "succeeded", jobId: "12" },
      { condition: "failed", jobId: "13[4]" },
    ] as const;
    expect(plan({ dependencies }).request.dependency).toBe("afterok:12,afternotok:13_4");
  });

  it("takes those of sbatch's options that have a key", () => {
    const nativeOptions = ["--nodelist=n1,n2", "-x", "n3", "--nice", "50", "-L", "matlab:2"];
    expect(plan({ nativeOptions }).request).toMatchObject({
      nodeList: ["n1", "n2"],
      excludedNodes: ["n3"],
      nice: 50,
      licenses: "matlab:2",
    });
  });

  it("carries a script's text in a file, or, without a folder, inside of the script", () => {
    const script = { kind: "script", text: "echo 'x'\nSCARF_END_OF_SCRIPT\n", args: ["a b"] } as const;
    const withFolder = plan({ task: script });
    expect(withFolder.files.map(({ name }) => name)).toEqual(["scarf-script"]);
    expect(withFolder.request.script).toContain("exec \"$SCARF_JOB_DIRECTORY\"/scarf-script 'a b'");
    const bare = planJob(
      { task: script, workingDirectory: "/w" },
      { submitKey: "k", ownDirectory: undefined },
    );
    expect(bare.request.script).toContain(
      "<<'SCARF_END_OF_SCRIPT_'\n#!/bin/sh\necho 'x'\nSCARF_END_OF_SCRIPT\nSCARF_END_OF_SCRIPT_\n",
    );
  });
});

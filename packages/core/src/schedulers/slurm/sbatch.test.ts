import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { JobSpec } from "../../model/index.js";
import { renderSlurmScript } from "./job-script.js";
import { readSlurmNativeOptions } from "./native-options.js";
import { renderSlurmOutputs } from "./output-paths.js";
import { findSbatchProblems, renderSbatchOptions } from "./sbatch.js";

const task = { kind: "command", argv: ["true"] } as const;
const render = (spec: Omit<JobSpec, "task">) =>
  renderSbatchOptions(
    { task, ...spec },
    { name: "n", comment: "c", workingDirectory: "/w", outputPath: "/w/o", errorPath: "/w/e" },
  );
const plain = render({});

describe("options of sbatch", () => {
  it.each<[Omit<JobSpec, "task">, readonly string[]]>([
    [{ queue: "long" }, ["--partition=long"]],
    [{ account: "science", qos: "high" }, ["--account=science", "--qos=high"]],
    [{ reservation: "beam" }, ["--reservation=beam"]],
    [{ resources: { nodes: 2, tasksPerNode: 3 } }, ["--nodes=2", "--ntasks-per-node=3"]],
    [{ resources: { tasks: 4, coresPerTask: 2 } }, ["--ntasks=4", "--cpus-per-task=2"]],
    [
      { resources: { gpusPerNode: 1, constraint: "a100&nvlink" } },
      ["--constraint=a100&nvlink", "--gres=gpu:1"],
    ],
    [{ resources: { memoryPerNodeBytes: 1e9 } }, ["--mem=954M"]],
    [{ resources: { wallTimeSeconds: 61, exclusive: true } }, ["--time=2", "--exclusive"]],
    [{ array: { indices: "0-20:5", maxRunning: 2 } }, ["--array=0-20:5%2"]],
    [
      {
        dependencies: [
          { condition: "started", jobId: "1" },
          { condition: "ended", jobId: "2_3" },
          { condition: "succeeded", jobId: "4[5]" },
          { condition: "failed", jobId: "6" },
        ],
      },
      ["--dependency=after:1,afterany:2_3,afterok:4_5,afternotok:6"],
    ],
    [{ beginAt: new Date(1_795_625_818_001) }, ["--begin=uts1795625819"]],
    [{ hold: true, requeueable: false }, ["--hold", "--no-requeue"]],
    [{ requeueable: true }, ["--requeue"]],
    [
      { notification: { events: ["started", "ended", "failed"], address: "a@b" } },
      ["--mail-type=BEGIN,END,FAIL", "--mail-user=a@b"],
    ],
    [
      { nativeOptions: ["-x", "n1", "--nice", "5", "--licenses=a:2"] },
      ["-xn1", "--nice=5", "--licenses=a:2"],
    ],
  ])("for %j are %j", (spec, expected) => {
    expect(render(spec)).toEqual([...plain, ...expected]);
    expect(findSbatchProblems({ task, ...spec }).filter(({ severity }) => severity === "refused")).toEqual(
      [],
    );
  });

  it.each<[string, Partial<JobSpec>]>([
    ["task", { task: { kind: "application", application: "recon", parameters: {} } }],
    ["priority", { priority: 5 }],
    ["account", { account: "" }],
    ["dependencies[0].jobId", { dependencies: [{ condition: "ended", jobId: "1;id" }] }],
    ["dependencies[0].jobId", { dependencies: [{ condition: "ended", jobId: "1+1" }] }],
    ["array.indices", { array: { indices: "3-1" } }],
    ["array.maxRunning", { array: { indices: "1-3", maxRunning: 0 } }],
    ["outputPath", { outputPath: String.raw`a\b` }],
    ["nativeOptions", { nativeOptions: ["--output=/x"] }],
  ])("can't say %s: it is a problem, and is not dropped", (field, spec) => {
    const refused = findSbatchProblems({ task, ...spec }).filter(({ severity }) => severity === "refused");
    expect(refused.map((problem) => problem.field)).toEqual([field]);
  });

  it("count minutes, which is told", () => {
    const problems = findSbatchProblems({ task, resources: { wallTimeSeconds: 90 } });
    expect(problems).toMatchObject([{ field: "resources.wallTimeSeconds", severity: "emulated" }]);
    expect(findSbatchProblems({ task, resources: { wallTimeSeconds: 120 } })).toEqual([]);
  });
});

describe("native options", () => {
  it.each([
    ["--wrap=x"],
    ["--wra", "x"],
    ["-o", "x"],
    ["--outp=x"],
    ["--parsable"],
    ["--test-only"],
    ["-W"],
    ["-Mother"],
    ["--te"],
    ["--ho"],
    ["--ou=x"],
    ["--ar=1-3"],
    ["-sH"],
    ["-s", "H"],
    ["-OW"],
    ["-sMother"],
    ["script.sh"],
    ["--nice=5", "script.sh"],
    ["-xn1", "script.sh"],
    ["--"],
    ["-"],
    [""],
  ])("%j are refused", (...words) => {
    expect(readSlurmNativeOptions(words).problems).not.toEqual([]);
  });

  it.each([
    ["--mem-per-cpu=100"],
    ["--nodelist=n1"],
    ["-n", "4"],
    ["-s"],
    ["-vv"],
    ["--exclude", "n1,n2"],
    ["--hint=nomultithread"],
  ])("%j are taken", (...words) => {
    expect(readSlurmNativeOptions(words).problems).toEqual([]);
  });
});

describe("names of output files", () => {
  it.each([
    [{ outputPath: "o-%J.txt" }, "/w d/o-%j.txt", "/w d/o-%j.error"],
    [{ outputPath: "/a/50%.txt", errorPath: "%I" }, "/a/50%%.txt", "/w d/0"],
    [{ array: { indices: "1-2" }, outputPath: "%J-%I" }, "/w d/%A-%a", "/w d/%A-%a.error"],
    [{ array: { indices: "1-2" } }, "/w d/%A.%a.output", "/w d/%A.%a.error"],
    [{}, "/w d/%j.output", "/w d/%j.error"],
  ])("%j are %s and %s", (spec, outputPath, errorPath) => {
    expect(renderSlurmOutputs({ task, ...spec }, "/w d")).toEqual({ outputPath, errorPath });
  });
});

describe("the batch script", () => {
  it("gives a program its arguments and variables as they are", () => {
    const hostile = ["", "two words", "it's", "$HOME `id`", "a\nb", "\\n", "*?", "ü–日", "--x=y"];
    const spec: JobSpec = {
      task: { kind: "command", argv: ["/usr/bin/printf", String.raw`%s\0`, ...hostile] },
      environment: { X: hostile.join("|"), SLURM_EXPORT_ENV: "mine" },
    };
    const places = { workingDirectory: "/", ownDirectory: "/tmp/own dir", scriptPath: "/tmp/own dir/s" };
    const script = renderSlurmScript(spec, places);
    const printed = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" });
    expect(printed.split("\0").slice(0, -1)).toEqual(hostile);
    const shown = renderSlurmScript(
      { ...spec, task: { kind: "shell", commandLine: 'printf "%s\\0" "$X" "$SCARF_JOB_DIRECTORY"' } },
      places,
    );
    expect(execFileSync("/bin/sh", ["-c", shown], { encoding: "utf8" }).split("\0")).toEqual([
      hostile.join("|"),
      "/tmp/own dir",
      "",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { isScarfError } from "../../errors/index.js";
import type { JobSpec } from "../../model/index.js";
import { parseBsubOptions, parseRunLimit } from "./parse-bsub-options.js";
import { quoteWords } from "../shell-words.js";
import { renderBsubOptions } from "./render-bsub-options.js";

const task = { kind: "command", argv: ["true"] } as const;

function refusalOf(text: string): string {
  try {
    parseBsubOptions(text);
  } catch (error) {
    if (isScarfError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return "understood";
}

describe("bsub options", () => {
  it.each([
    { name: "n", array: { indices: "1-10", maxRunning: 5 } },
    { array: { indices: "1,5,9" }, name: "x y" },
    { queue: "long", account: "imat", qos: "gold", reservation: "r#1" },
    { resources: { nodes: 2, tasksPerNode: 8, coresPerTask: 4, gpusPerNode: 1, exclusive: true } },
    { resources: { tasks: 7, memoryPerNodeBytes: 4_294_967_296, constraint: "type==X86_64 && mem>500" } },
    { resources: { wallTimeSeconds: 90 } },
    {
      dependencies: [
        { condition: "succeeded", jobId: "1" },
        { condition: "ended", jobId: "2[3]" },
        { condition: "failed", jobId: "3" },
        { condition: "started", jobId: "4" },
      ],
    },
    { beginAt: new Date("2026-02-12T12:00:00.500Z"), hold: true, requeueable: false, priority: 40 },
    { requeueable: true, notification: { events: ["started", "ended"], address: "a@b.example" } },
    { notification: { events: ["failed"] } },
    { description: 'it\'s a "test" $x', queue: "q" },
  ] satisfies Omit<JobSpec, "task">[])("bring %j to the gateway unchanged", (fields) => {
    const { words, problems } = renderBsubOptions({ task, ...fields }, { gateway: true });
    const described = "description" in fields ? ["-Jd", fields.description ?? ""] : [];
    expect(problems.filter(({ severity }) => severity === "refused")).toEqual([]);
    expect(parseBsubOptions(quoteWords([...described, ...words])).spec).toEqual(fields);
  });

  it("say to a real LSF what it understands, and what is lost", () => {
    const spec: JobSpec = {
      task,
      resources: { wallTimeSeconds: 90 },
      beginAt: new Date(),
      nativeOptions: ["-R", "select[type==any]"],
    };
    expect(renderBsubOptions(spec, { gateway: false })).toEqual({
      words: ["-W", "2", "-R", "select[type==any]"],
      problems: [
        expect.objectContaining({ field: "resources.wallTimeSeconds", severity: "emulated" }),
        expect.objectContaining({ field: "beginAt", severity: "refused" }),
      ],
    });
  });

  it("name what they can say only roughly: tasks that do not fill all nodes evenly", () => {
    const { words, problems } = renderBsubOptions(
      { task, resources: { nodes: 3, tasks: 4 } },
      { gateway: true },
    );
    expect(words).toEqual(["-n", "4", "-R", "span[ptile=2]"]);
    expect(problems).toEqual([
      {
        field: "resources.nodes",
        severity: "emulated",
        message: "said as at most 2 tasks per node, which LSF may take for 2 nodes",
      },
    ]);
    const even = renderBsubOptions({ task, resources: { nodes: 2, tasks: 4 } }, { gateway: true });
    expect(even.problems).toEqual([]);
  });

  it("as users and other clients write them", () => {
    expect(parseBsubOptions(`-R 'select[type==any]'`).spec).toEqual({});
    expect(
      parseBsubOptions(`-n4 -W 1:30 -R"span[hosts=1] rusage[mem=2GB]" -q short -cwd /x -i in -oo out -eo err`)
        .spec,
    ).toEqual({
      resources: { tasks: 4, nodes: 1, wallTimeSeconds: 5400, memoryPerNodeBytes: 2_147_483_648 },
      queue: "short",
      workingDirectory: "/x",
      inputPath: "in",
      outputPath: "out",
      errorPath: "err",
    });
    expect(parseBsubOptions("-nnodes 2 -M 4GB -env 'all, A=1, B=x y'").spec).toEqual({
      resources: { nodes: 2, memoryPerNodeBytes: 4_294_967_296 },
      environment: { A: "1", B: "x y" },
    });
    expect(Object.entries(parseBsubOptions("-env __proto__=1").spec.environment ?? {})).toEqual([
      ["__proto__", "1"],
    ]);
    expect(parseBsubOptions("-n 5 -R span[ptile=2]").spec.resources).toEqual({ tasks: 5, tasksPerNode: 2 });
    expect(parseBsubOptions("-w 123").spec.dependencies).toEqual([{ condition: "succeeded", jobId: "123" }]);
    expect(parseBsubOptions("").spec).toEqual({});
    expect(parseBsubOptions("-Jd 'text [submit-key k1]'")).toEqual({
      spec: { description: "text" },
      submitKey: "k1",
    });
    expect(parseRunLimit("10/host1")).toBe(600);
    const begun = performance.now();
    expect(parseBsubOptions("-q a ".repeat(200_000)).spec).toEqual({ queue: "a" });
    expect(performance.now() - begun).toBeLessThan(2000);
  });

  it.each([
    ["-K", "option -K is not known here"],
    ["-q", "-q can't be read: it needs a value"],
    ["-n many", "-n many can't be read"],
    ["-n 0", "-n 0 can't be read"],
    ["-W soon", "-W soon can't be read"],
    ["-w 'done(1) || done(2)'", "-w done(1) || done(2) can't be read"],
    ["-b 10:30", "-b 10:30 can't be read"],
    ["-R 'cu[maxcus=1]'", "-R cu[maxcus=1] is not known here"],
    ["-R 'rusage[mem=1:swp=2]'", "rusage[mem=1:swp=2] can't be read"],
    ["-env A-B=1", "-env A-B=1 can't be read"],
    ["sleep 5", "option sleep is not known here"],
    ["-q 'open", "a quote is not closed"],
    ["-constructor x", "option -constructor is not known here"],
  ])("refuse %s, naming it", (text, message) => {
    expect(refusalOf(text)).toMatch(/^SPEC_REJECTED /);
    expect(refusalOf(text)).toContain(message);
  });
});

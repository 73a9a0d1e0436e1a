import { describe, expect, it } from "vitest";
import type { JobSpec } from "../../model/index.js";
import { PacSimulator } from "./testing/pac-simulator.js";
import { failureOf, resourceFor, sessionFor, source } from "./testing/test-resource.js";

const sleep: JobSpec = { task: { kind: "command", argv: ["sleep", "200"] }, name: "nap" };
const refusal = {
  body: '<?xml version="1.0"?><Job><errMsg>Queue &lt;x&gt; does not exist</errMsg><id>0</id></Job>',
};

describe("submit", () => {
  it("Mantid fault: the id of the job was thrown away", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect(await session.submit(sleep, { submitKey: "k1" })).toBe("417666");
    expect(simulator.submits[0]?.application).toBe("generic");
    expect(Object.fromEntries(simulator.submits[0]?.parameters ?? [])).toEqual({
      COMMANDTORUN: "sleep 200",
      JOB_NAME: "nap",
      OUTPUT_FILE: "%J.output",
      ERROR_FILE: "%J.error",
      EXTRA_PARAMS: "-Jd '[submit-key k1]'",
    });
  });

  it("Mantid fault: a rejected submit counted as success", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /submitapp/, reply: refusal });
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.submit(sleep, { submitKey: "k" }));
    expect(failure).toMatchObject({
      code: "SPEC_REJECTED",
      message: "SCARF@STFC refused the job: Queue <x> does not exist.",
    });
    expect(failure.hint).toContain("No job was created");
  });

  it("Mantid fault: an unrelated reply to a submit counted as success", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /submitapp/, reply: { body: "<Job></Job>" } });
    const session = await sessionFor(simulator);
    expect((await failureOf(session.submit(sleep, { submitKey: "k" }))).code).toBe("SUBMIT_AMBIGUOUS");
  });

  it("Mantid fault: values were not escaped", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const commandLine = `a < b && echo "x & y" > 'out</value>' ; é`;
    await session.submit({ task: { kind: "shell", commandLine } }, { submitKey: "k" });
    expect(simulator.submits[0]?.parameters.get("COMMANDTORUN")).toBe(commandLine);
  });

  it("sends a form of the site's with its own parameters, and files by name", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const bytes = Buffer.from([0, 255, 13, 10, 45, 45, 13, 10]);
    await session.submit(
      {
        task: {
          kind: "application",
          application: "TOMOPY_0_1_9",
          parameters: { INPUT_FILE: "/work/imat/recon.py", INPUT_ARGS: "--in /work", PARAMS: "p.bin,upload" },
        },
        name: "t",
        attachments: [
          { name: "p.bin", source: source(bytes) },
          { name: "more.txt", source: source("m") },
        ],
      },
      { submitKey: "k" },
    );
    const [submit] = simulator.submits;
    expect(submit?.application).toBe("TOMOPY_0_1_9");
    expect(Object.fromEntries(submit?.parameters ?? [])).toEqual({
      INPUT_FILE: "/work/imat/recon.py",
      INPUT_ARGS: "--in /work",
      PARAMS: "p.bin,upload",
      JOB_NAME: "t",
      OUTPUT_FILE: "%J.output",
      ERROR_FILE: "%J.error",
      "0INPUT_FILE": "more.txt,upload",
    });
    expect(submit?.files.get("p.bin")).toEqual(bytes);
    expect(submit?.files.get("more.txt")?.toString()).toBe("m");
  });

  it("lets name and output of the spec count more than the form's own fields for them", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const parameters = {
      JOB_NAME: "of the form",
      INPUT_FILE: "/x.py",
      OUTPUT_FILE: "form.out",
      ERROR_FILE: "e",
    };
    const task = { kind: "application", application: "TOMOPY_0_1_9", parameters } as const;
    await session.submit({ task, name: "of the spec", outputPath: "spec.out" }, { submitKey: "k" });
    expect([...(simulator.submits[0]?.parameters ?? [])]).toEqual([
      ["JOB_NAME", "of the spec"],
      ["INPUT_FILE", "/x.py"],
      ["OUTPUT_FILE", "spec.out"],
      ["ERROR_FILE", "e"],
    ]);
  });

  it("refuses, before anything is sent, what a form of the site's would drop in silence", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const spec: JobSpec = {
      task: { kind: "application", application: "TOMOPY_0_1_9", parameters: {} },
      queue: "long",
      environment: { A: "1" },
    };
    const failure = await failureOf(session.submit(spec, { submitKey: "k" }));
    expect(failure.code).toBe("SPEC_INVALID");
    expect(failure.message).toContain("queue:");
    expect(failure.message).toContain("environment:");
    expect((await session.validate(spec)).map(({ field }) => field).sort()).toEqual(["environment", "queue"]);
    expect(simulator.sent("submitapp")).toEqual([]);
  });

  it("carries environment, script, directory and input in a wrapper", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    await session.submit(
      {
        task: { kind: "script", text: "echo hi\n", args: ["a b", "it's"] },
        environment: { ODD: "a 'quoted' $HOME\nline" },
        workingDirectory: "/work/my dir",
        inputPath: "in.txt",
        outputPath: "o.txt",
      },
      { submitKey: "k" },
    );
    const [submit] = simulator.submits;
    expect(submit?.parameters.get("COMMANDTORUN")).toBe("sh ./scarf-job.sh");
    expect(submit?.parameters.get("OUTPUT_FILE")).toBe("/work/my dir/o.txt");
    expect(submit?.parameters.get("0INPUT_FILE")).toBe("scarf-job.sh,upload");
    expect(submit?.files.get("scarf-script")?.toString()).toBe("#!/bin/sh\necho hi\n");
    const wrapper = submit?.files.get("scarf-job.sh")?.toString() ?? "";
    expect(wrapper).toContain(`ODD='a '\\''quoted'\\'' $HOME\nline'`);
    expect(wrapper).toContain("cd '/work/my dir' || exit 126");
  });

  it("explains the request with the token masked and problems named", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const text = await session.explain({
      ...sleep,
      attachments: [{ name: "a.h5", source: source("12345") }],
    });
    expect(text).toContain(`POST ${simulator.baseUrl}webservice/pacclient/submitapp`);
    expect(text).toContain("<AppParam><id>COMMANDTORUN</id><value>sleep 200</value><type></type></AppParam>");
    expect(text).toContain("Cookie: platform_token=********");
    expect(text).toContain("[attached: a.h5, 5 bytes]");
    expect(text).not.toContain(session.save().state["token"]);
    expect(simulator.sent("submitapp")).toEqual([]);
  });

  it.each([
    [{ ...sleep, environment: { "A-B": "1" } }, "environment.A-B"],
    [{ ...sleep, name: "a\nb" }, "name"],
    [{ ...sleep, array: { indices: "all" } }, "array.indices"],
    [{ ...sleep, workingDirectory: "rel" }, "workingDirectory"],
    [{ ...sleep, resources: { nodes: 0 } }, "resources.nodes"],
    [{ ...sleep, resources: { coresPerTask: 1.5 } }, "resources.coresPerTask"],
    [{ ...sleep, outputPath: "" }, "outputPath"],
    [{ ...sleep, beginAt: new Date(Number.NaN) }, "beginAt"],
    [{ ...sleep, attachments: [{ name: "../x", source: source("") }] }, "attachments.0"],
    [{ task: { kind: "shell", commandLine: " " } }, "task.commandLine"],
    [{ task: { kind: "command", argv: ["echo", "a\0b"] } }, "task.argv"],
    [{ task: { kind: "script", text: "x", args: ["\0"] } }, "task.args.0"],
    [{ ...sleep, queue: "a\0" }, "queue"],
  ] satisfies [JobSpec, string][])("finds the mistake in %j", async (spec, field) => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    expect(await session.validate(spec)).toContainEqual(
      expect.objectContaining({ field, severity: "refused" }),
    );
    expect((await failureOf(session.submit(spec, { submitKey: "k" }))).code).toBe("SPEC_INVALID");
    expect(simulator.sent("submitapp")).toEqual([]);
  });

  it("does not claim begin times that LSF would count on a clock of its own", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.submit({ ...sleep, beginAt: new Date() }, { submitKey: "k" }));
    expect(failure.code).toBe("NOT_SUPPORTED");
  });
});

describe("a lost answer to a submit", () => {
  it("finds the job by its key instead of sending it again", async () => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /submitapp/, loseAnswer: true, times: 1 });
    const session = await sessionFor(simulator);
    expect(await session.submit(sleep, { submitKey: "k 1]é" })).toBe("417666");
    expect(simulator.sent("submitapp")).toHaveLength(1);
    expect((await session.job("417666")).submitKey).toBe("k 1]é");
  });

  it("finds it from a later program too, before anything is sent", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const id = await session.submit(sleep, { submitKey: "same" });
    const later = resourceFor(simulator).resume(session.save());
    expect(await later.submit(sleep, { submitKey: "same" })).toBe(id);
    expect(simulator.jobs).toHaveLength(1);
  });

  it.each([
    ["closed", { loseAnswer: true }],
    ["no answer", { delaySeconds: 3 }],
    ["a proxy's error page", { reply: { status: 502, body: "<html>bad gateway</html>" } }],
    [
      "a page in status 200",
      { reply: { body: "<html>what</html>", headers: { "Content-Type": "text/html" } } },
    ],
    ["cut", { cutAtByte: 30 }],
  ])("is ambiguous where no key travels (%s), and is not sent again", async (_what, fault) => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /submitapp/, ...fault });
    const session = await sessionFor(simulator, { timeouts: { responseSeconds: 0.3 } });
    const spec: JobSpec = { task: { kind: "application", application: "TOMOPY_0_1_9", parameters: {} } };
    const failure = await failureOf(session.submit(spec, { submitKey: "k" }));
    expect(failure.code).toBe("SUBMIT_AMBIGUOUS");
    expect(failure.message).toContain("It was not sent again");
    expect(failure.hint).toContain("scarf jobs");
    expect(simulator.sent("submitapp").length).toBeLessThanOrEqual(1);
  });

  it.each([
    ["404", 404],
    ["403", 403],
  ])("is no riddle when the status says that nothing was done (%s)", async (_what, status) => {
    await using simulator = await PacSimulator.start();
    simulator.faults.push({ path: /submitapp/, reply: { status, body: "" } });
    const session = await sessionFor(simulator);
    expect((await failureOf(session.submit(sleep, { submitKey: "k" }))).code).not.toBe("SUBMIT_AMBIGUOUS");
  });

  it("is asked for again at our gateway, which gives the first job", async () => {
    await using simulator = await PacSimulator.start({ gateway: true });
    simulator.faults.push({ path: /submitapp/, loseAnswer: true, times: 2 });
    const session = await sessionFor(simulator);
    expect(session.capabilities).toMatchObject({ submitOnce: true, queues: false, byteRanges: false });
    expect(await session.submit(sleep, { submitKey: "ké" })).toBe("417666");
    expect(simulator.sent("submitapp").map(({ headers }) => headers["scarf-submit-key"])).toEqual(
      Array(3).fill("k%C3%A9"),
    );
    expect(simulator.jobs).toHaveLength(1);
  });

  it("stays a lost answer, to be repeated with the same key, when the gateway does not come back", async () => {
    await using simulator = await PacSimulator.start({ gateway: true });
    simulator.faults.push({ path: /submitapp/, loseAnswer: true });
    const session = await sessionFor(simulator);
    const failure = await failureOf(session.submit(sleep, { submitKey: "k" }));
    expect(failure.code).toBe("CONNECTION_LOST");
    simulator.faults.length = 0;
    expect(await session.submit(sleep, { submitKey: "k" })).toBe("417666");
    expect(simulator.jobs).toHaveLength(1);
  });

  it("takes the gateway's own codes and hints", async () => {
    await using simulator = await PacSimulator.start({ gateway: true });
    simulator.faults.push({
      path: /submitapp/,
      reply: {
        body: "<Job><errMsg>Your account has reached its limit &amp; more</errMsg><id>0</id></Job>",
        headers: {
          "scarf-error-code": "QUOTA_EXCEEDED",
          "scarf-error-hint": "Wait%20for%20a%20job%20to%20end.",
        },
      },
    });
    const session = await sessionFor(simulator);
    expect(await failureOf(session.submit(sleep, { submitKey: "k" }))).toMatchObject({
      code: "QUOTA_EXCEEDED",
      name: "SchedulerError",
      message: "Your account has reached its limit & more.",
      hint: "Wait for a job to end.",
    });
  });

  it("makes one job of two simultaneous submits with one key", async () => {
    await using simulator = await PacSimulator.start();
    const session = await sessionFor(simulator);
    const ids = await Promise.all([1, 2].map(() => session.submit(sleep, { submitKey: "k" })));
    expect(ids).toEqual(["417666", "417666"]);
    expect(simulator.jobs).toHaveLength(1);
  });
});

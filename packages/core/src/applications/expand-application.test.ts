import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import type { Attachment, JobSpec } from "../model/index.js";
import { ApplicationCatalogue } from "./application-catalogue.js";
import { type ApplicationTemplate, templateSchema } from "./application-template.js";
import { findTemplateProblems } from "./check-template.js";
import { expandApplication } from "./expand-application.js";
import { hostileTexts } from "./testing/hostile-texts.js";

let catalogue: ApplicationCatalogue;
beforeAll(async () => {
  catalogue = await ApplicationCatalogue.load();
});

function expand(application: string, parameters: Record<string, string>, ...attached: string[]): JobSpec {
  return catalogue.expand({ kind: "application", application, parameters }, attached.map(attachment));
}

function attachment(name: string): Attachment {
  return { name, source: { sizeBytes: 0, read: async function* () {} } };
}

function template(text: Partial<ApplicationTemplate>): ApplicationTemplate {
  const made = templateSchema.parse({ name: "t", label: "T", ...text });
  expect(findTemplateProblems(made)).toEqual([]);
  return made;
}

describe("generic", () => {
  it("runs COMMANDTORUN as it was typed", () => {
    const line = `for i in 1 2; do echo "$i"; done > out # all`;
    expect(expand("generic", { COMMANDTORUN: line }).task).toEqual({ kind: "shell", commandLine: line });
  });

  it("maps the fields of PAC's form to the job", () => {
    const { task: _, ...spec } = expand("generic", {
      COMMANDTORUN: "true",
      JOB_NAME: "my job",
      OUTPUT_FILE: "%J.out",
      ERROR_FILE: "%J.err",
      QUEUE: "long",
      RUNLIMITHOUR: "1",
      RUNLIMITMINUTE: "30",
      MIN_NUM_CPU: "1",
      MAX_NUM_CPU: "8",
      PROC_PRE_HOST: "4",
      NOTIFY_ENABLE: "Y",
    });
    expect(spec).toEqual({
      name: "my job",
      outputPath: "%J.out",
      errorPath: "%J.err",
      queue: "long",
      resources: { wallTimeSeconds: 5400, nodes: 2, tasksPerNode: 4 },
    });
  });

  it("reads bsub options, which count more than the fields, as they come last on LSF's command line", () => {
    const { task: _, ...spec } = expand("generic", {
      COMMANDTORUN: "true",
      QUEUE: "short",
      MAX_NUM_CPU: "8",
      RUNLIMITHOUR: "1",
      SPAN: "span[ptile=2]",
      EXTRA_PARAMS: `-q long -n 4 -R 'select[type==any]' -cwd "/x y" -B -u me@example.org`,
    });
    expect(spec).toEqual({
      queue: "long",
      workingDirectory: "/x y",
      notification: { events: ["started"], address: "me@example.org" },
      resources: { nodes: 2, tasksPerNode: 2, wallTimeSeconds: 3600 },
    });
  });

  it("refuses a bsub option that it does not know, by name", () => {
    const parameters = { COMMANDTORUN: "true", EXTRA_PARAMS: "-q long -bogus 1" };
    expect(() => expand("generic", parameters)).toThrow(
      expect.objectContaining({
        code: "SPEC_REJECTED",
        message: expect.stringContaining("-bogus") as unknown,
      }),
    );
  });

  it.each([
    [{}, "COMMANDTORUN of application generic (Command to run) must be given."],
    [{ COMMANDTORUN: "  " }, "COMMANDTORUN of application generic (Command to run) must be given."],
    [
      { COMMANDTORUN: "a\0b" },
      `COMMANDTORUN of application generic must not hold a NUL character, not "a\\u0000b".`,
    ],
    [
      { COMMANDTORUN: "x", RUNLIMITHOUR: "1h" },
      `RUNLIMITHOUR of application generic must be a number, 0 or more, not "1h".`,
    ],
    [
      { COMMANDTORUN: "x", MAX_NUM_CPU: "0" },
      `MAX_NUM_CPU of application generic must be a whole number, 1 or more, not "0".`,
    ],
    [
      { COMMANDTORUN: "x", MAX_NUM_CPU: "1.5" },
      `MAX_NUM_CPU of application generic must be a whole number, 1 or more, not "1.5".`,
    ],
    [
      { COMMANDTORUN: "x", NOTIFY_ENABLE: "maybe" },
      `NOTIFY_ENABLE of application generic must be Y or N, not "maybe".`,
    ],
    [{ COMMANDTORUN: "x", COLOUR: "red" }, "COLOUR of application generic is not one of its fields."],
    [{ COMMANDTORUN: "x", constructor: "y" }, "constructor of application generic is not one of its fields."],
  ])("refuses %o", (parameters, message) => {
    expect(() => expand("generic", parameters)).toThrow(
      expect.objectContaining({ code: "SPEC_INVALID", message }),
    );
  });

  it("says that an attached file did not come along, and which", () => {
    expect(() =>
      expand("generic", { COMMANDTORUN: "x", INPUT_FILE: "a.txt,upload;b.txt,upload" }, "a.txt"),
    ).toThrow(
      `INPUT_FILE of application generic says that "b.txt" travels with the submit, but no such file came along.`,
    );
  });

  it("brings copied and linked files of the cluster into the job's directory, also those of numbered fields", () => {
    const directory = mkdtempSync(join(tmpdir(), "expand-"));
    const job = mkdtempSync(join(tmpdir(), "job-"));
    const strange = join(directory, "it's; a, file");
    writeFileSync(strange, "one");
    writeFileSync(join(directory, "-b"), "two");
    const { task } = expand("generic", {
      COMMANDTORUN: "cat -- * # both",
      INPUT_FILE: `${strange},copy`,
      "0INPUT_FILE": `${join(directory, "-b")},link`,
    });
    if (task.kind !== "shell") throw new Error("expected a shell line");
    for (let run = 0; run < 2; run += 1) {
      // Twice: a requeued job starts again in the same directory.
      const output = execFileSync("/bin/sh", ["-c", task.commandLine], { cwd: job, encoding: "utf8" });
      expect(["onetwo", "twoone"]).toContain(output);
    }
    expect(readdirSync(job).sort()).toEqual(["-b", "it's; a, file"]);
    for (const path of [directory, job]) rmSync(path, { recursive: true });
  });

  it("refuses two files that would have one name", () => {
    expect(() => expand("generic", { COMMANDTORUN: "x", INPUT_FILE: "/a/x,copy;/b/x,link" })).toThrow(
      `would put a second file called "x"`,
    );
  });

  it("refuses to copy what has no absolute path", () => {
    expect(() => expand("generic", { COMMANDTORUN: "x", INPUT_FILE: "a/x,copy" })).toThrow(
      `must be the absolute path of a file to copy, not "a/x"`,
    );
  });
});

describe.each(["TOMOPY_0_1_9", "PYASTRATOOLBOX_1_6"])("%s", (application) => {
  it("runs python INPUT_FILE INPUT_ARGS, as SCARF did", () => {
    const spec = expand(application, {
      INPUT_ARGS: "--in /work/imat/a --name 'my sample'",
      OUTPUT_FILE: "%J.output",
      ERROR_FILE: "%J.error",
      JOB_NAME: "Mantid_tomography_1",
      INPUT_FILE: "/work/imat/recon.py",
    });
    expect(spec).toEqual({
      name: "Mantid_tomography_1",
      outputPath: "%J.output",
      errorPath: "%J.error",
      task: {
        kind: "shell",
        commandLine: "python /work/imat/recon.py --in /work/imat/a --name 'my sample'",
      },
    });
  });

  it("keeps options that users of Mantid wrote behind the path", () => {
    expect(expand(application, { INPUT_FILE: "/work/my scripts/x.py --tool astra" }).task).toEqual({
      kind: "shell",
      commandLine: "python '/work/my scripts/x.py' --tool astra",
    });
  });

  it("runs an attached script", () => {
    expect(expand(application, { INPUT_FILE: "x.py,upload", INPUT_ARGS: "-v" }, "x.py").task).toEqual({
      kind: "shell",
      commandLine: "python x.py -v",
    });
  });
});

describe("recon", () => {
  it("takes a scan that travels with the submit, and its defaults", () => {
    expect(expand("recon", { INPUT: "scan.nxs,upload" }, "scan.nxs").task).toEqual({
      kind: "command",
      argv: expect.arrayContaining(["scarf-recon", "scan.nxs"]) as unknown,
    });
  });

  it("offers only options, and choices of them, that scarf-recon has", () => {
    const program = new URL("../../../recon/bin/scarf-recon", import.meta.url);
    const help = execFileSync(fileURLToPath(program), ["--help"], { encoding: "utf8" });
    const text = readFileSync(new URL("../../applications/recon.toml", import.meta.url), "utf8");
    const options = [...text.matchAll(/"(--[a-z-]+)/g)].map((match) => match[1]);
    expect(options.length).toBeGreaterThan(20);
    expect(options.filter((option) => !help.includes(`${option} `))).toEqual([]);
    const choices = catalogue.form("recon").fields.flatMap((field) => field.choices ?? []);
    expect(choices.filter((choice) => !new RegExp(`\\b${choice}\\b`).test(help))).toEqual([]);
  });

  it("asks for as many cores as threads", () => {
    expect(expand("recon", { INPUT: "/a.nxs", WORKERS: "4" }).resources).toEqual({ coresPerTask: 4 });
  });

  it("refuses a centre that is neither auto nor a number", () => {
    expect(() => expand("recon", { INPUT: "/a.nxs", CENTRE: "middle" })).toThrow(
      `CENTRE of application recon must be auto or a number of pixels, e.g. 511.5, not "middle".`,
    );
  });
});

describe("values in a template", () => {
  const parameters: ApplicationTemplate["parameters"] = [
    { id: "A", type: "text", label: "A" },
    { id: "B", type: "text", label: "B" },
    { id: "F", type: "flag", label: "F" },
    { id: "N", type: "number", label: "N" },
  ];
  const fill = (text: Partial<ApplicationTemplate>, values: Record<string, string>): JobSpec =>
    expandApplication(template({ parameters, ...text }), {
      kind: "application",
      application: "t",
      parameters: values,
    });

  it.each(hostileTexts)("%j stays one word of a shell line", (value) => {
    const { task } = fill({ shell: "printf '%s|' {{A}} x{{A}}" }, { A: value, B: "never" });
    if (task.kind !== "shell") throw new Error("expected a shell line");
    expect(execFileSync("/bin/sh", ["-c", task.commandLine], { encoding: "utf8" })).toBe(
      `${value}|x${value}|`,
    );
  });

  it.each(hostileTexts)("%j stays one argument of a command", (value) => {
    expect(fill({ command: ["prog", "--a={{A}}", "{{A}}"] }, { A: value }).task).toEqual({
      kind: "command",
      argv: ["prog", `--a=${value}`, value],
    });
  });

  it.each(hostileTexts)("%j stays one literal of a script", (value) => {
    const { task } = fill({ script: "#!/usr/bin/env python3\n{{A:json}}" }, { A: value });
    const [, literal = ""] = task.kind === "script" ? task.text.split("\n") : [];
    expect(JSON.parse(literal)).toBe(value);
  });

  it("leaves out arguments whose field is empty or whose flag is no", () => {
    const command = ["p", { when: "A", arguments: ["--a", "{{A}}"] }, { when: "F", arguments: ["--f"] }];
    expect(fill({ command }, { F: "n" }).task).toEqual({ kind: "command", argv: ["p"] });
    expect(fill({ command }, { A: "1", F: "yes" }).task).toEqual({
      kind: "command",
      argv: ["p", "--a", "1", "--f"],
    });
  });

  it("leaves double braces of other languages alone", () => {
    const script = "#!/bin/sh\ncat <<'E'\ncenter: ${{centering.side}} {{ jinja }}\nE\n";
    expect(fill({ script }, {}).task).toEqual({ kind: "script", text: script });
  });

  it("writes numbers and flags as JSON of their type, and nothing as null", () => {
    const script = "#!/usr/bin/env python3\n{{N:json}} {{F:json}} {{A:json}}";
    expect(fill({ script }, { N: "+1.50", F: "Y" }).task).toEqual({
      kind: "script",
      text: "#!/usr/bin/env python3\n1.5 true null",
    });
  });

  it("stages copies at the start of a shell script, behind its first line", () => {
    const made = template({
      script: "#!/bin/bash\nwc {{X}}\n",
      parameters: [{ id: "X", type: "file", label: "X" }],
    });
    const task = { kind: "application", application: "t", parameters: { X: "/d/a b,copy" } } as const;
    expect(expandApplication(made, task).task).toEqual({
      kind: "script",
      text: "#!/bin/bash\ncp -pf -- '/d/a b' . || exit 1\nwc 'a b'\n",
    });
  });
});

describe("expandSpec", () => {
  it("lets what the spec says beside the form count more", () => {
    const spec = catalogue.expandSpec({
      task: {
        kind: "application",
        application: "generic",
        parameters: { COMMANDTORUN: "x", JOB_NAME: "form", QUEUE: "q" },
      },
      name: "spec",
      resources: { wallTimeSeconds: 60 },
    });
    expect(spec).toMatchObject({
      name: "spec",
      queue: "q",
      resources: { wallTimeSeconds: 60 },
      task: { kind: "shell" },
    });
  });

  it("passes any other task unchanged", () => {
    const spec: JobSpec = { task: { kind: "command", argv: ["true"] } };
    expect(catalogue.expandSpec(spec)).toBe(spec);
  });
});

it("ships templates that say what each field is for", () => {
  for (const name of catalogue.names()) {
    const { documentation, fields } = catalogue.form(name);
    expect(documentation).not.toBe("");
    expect(fields.every(({ label }) => label !== "")).toBe(true);
  }
  expect(readFileSync(new URL("../../applications/recon.toml", import.meta.url), "utf8")).toContain(
    "scarf-recon",
  );
});

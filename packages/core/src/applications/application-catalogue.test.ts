import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApplicationCatalogue } from "./application-catalogue.js";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "applications-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function siteFile(name: string, text: string, folder = directory): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe("ApplicationCatalogue", () => {
  it("has the applications that SCARF had, and recon, without any site folder", async () => {
    const catalogue = await ApplicationCatalogue.load();
    expect(catalogue.broken()).toEqual([]);
    expect(catalogue.names()).toEqual(["PYASTRATOOLBOX_1_6", "TOMOPY_0_1_9", "generic", "recon"]);
  });

  it("gains an application by a file dropped into a site's folder", async () => {
    await siteFile(
      "wc.toml",
      `name = "count"
label = "Count words"
command = ["wc", "-w", "{{TEXT}}"]

[[parameters]]
id = "TEXT"
type = "file"
label = "Text"
mandatory = true
`,
    );
    const catalogue = await ApplicationCatalogue.load([directory]);
    expect(catalogue.names()).toContain("count");
    const spec = catalogue.expand({
      kind: "application",
      application: "count",
      parameters: { TEXT: "/a b.txt" },
    });
    expect(spec.task).toEqual({ kind: "command", argv: ["wc", "-w", "/a b.txt"] });
  });

  it("lets the later folder win where two have the same name", async () => {
    const later = join(directory, "later");
    await siteFile("generic.toml", `name = "generic"\nlabel = "first"\nshell = "true"\n`);
    await siteFile("other-name.toml", `name = "generic"\nlabel = "second"\nshell = "false"\n`, later);
    expect((await ApplicationCatalogue.load([directory])).get("generic").label).toBe("first");
    expect((await ApplicationCatalogue.load([directory, later])).get("generic").label).toBe("second");
    expect((await ApplicationCatalogue.load([later, directory])).get("generic").label).toBe("first");
  });

  it("refuses conditions that can never hold", async () => {
    const field = (id: string, rest: string) =>
      `[[parameters]]\nid = "${id}"\ntype = "text"\nlabel = "${id}"\n${rest}\n`;
    const file = await siteFile(
      "mine.toml",
      `name = "mine"\nlabel = "Mine"\ncommand = ["x"]\n` +
        field("A", 'when = { field = "NO_SUCH" }') +
        field("B", 'when = { field = "MAX_NUM_CPU", is = ["2", "many"] }') +
        field("C", 'when = [{ field = "D" }, { field = "QUEUE", is = "long" }]') +
        field("D", 'when = { field = "C", is = "x" }'),
    );
    const [broken] = (await ApplicationCatalogue.load([directory])).broken();
    expect(broken?.reason.split("\n")).toEqual([
      `${file}:8: no parameter is called NO_SUCH`,
      `${file}:13: MAX_NUM_CPU must be a whole number, 1 or more, so it can never be "many"`,
      `${file}:18: C would depend on itself`,
      `${file}:23: D would depend on itself`,
    ]);
  });

  it("tells file and line of every mistake, and offers the other applications all the same", async () => {
    const file = await siteFile(
      "mine.toml",
      `name = "mine"
label = "Mine"
command = ["x", "{{NO_SUCH}}"]

[[parameters]]
id = "SIZE"
type = "integer"
label = "Size"
min = 5
default = 4

[[parameters]]
id = "SIZE"
type = "choice"
label = "Size again"
`,
    );
    const catalogue = await ApplicationCatalogue.load([directory]);
    expect(catalogue.names()).toContain("recon");
    expect(catalogue.names()).not.toContain("mine");
    expect(catalogue.broken()).toEqual([
      {
        name: "mine",
        file,
        reason: [
          `${file}:3: {{NO_SUCH}} stands for no parameter of this application`,
          `${file}:10: the default of SIZE must be a whole number, 5 or more`,
          `${file}:13: SIZE is declared twice`,
          `${file}:14: a choice needs choices`,
        ].join("\n"),
      },
    ]);
    expect(() => catalogue.get("mine")).toThrow(
      expect.objectContaining({
        code: "CONFIG_INVALID",
        message: expect.stringContaining(`${file}:3:`) as unknown,
      }),
    );
  });

  it.each([
    ["broken TOML", `name = "mine\nlabel = "x"`, /:1: /],
    ["an unknown key", `name = "mine"\nlabel = "x"\nshell = "true"\nshel = "y"\n`, /:4: .*"shel".*"shell"/],
    [
      "no task",
      `name = "mine"\nlabel = "x"\n`,
      /:1: exactly one of shell, command, script is needed, not none/,
    ],
    [
      "two tasks",
      `name = "mine"\nlabel = "x"\nshell = "true"\nscript = "true"\n`,
      /:4: exactly one .* not shell and script/,
    ],
    ["a name with a slash", `name = "../mine"\nlabel = "x"\nshell = "true"\n`, /:1: .*letters, digits/],
  ])("says what is wrong with a file that has %s", async (_, text, reason) => {
    await siteFile("mine.toml", text);
    const [broken] = (await ApplicationCatalogue.load([directory])).broken();
    expect(broken).toMatchObject({ name: "mine", reason: expect.stringMatching(reason) as unknown });
  });

  it.each([
    ["text unquoted", `shell = "x {{A:raw}}"`, "text", "cannot stand unquoted"],
    ["a command-line tail as one argument", `command = ["x", "{{A}}"]`, "arguments", "only in shell"],
    ["text in a Python script", `script = "#!/usr/bin/env python3\\nprint({{A}})"`, "text", "{{A:json}}"],
  ])("refuses a template that would put %s", async (_, task, type, reason) => {
    await siteFile(
      "mine.toml",
      `name = "mine"\nlabel = "x"\n${task}\n[[parameters]]\nid = "A"\ntype = "${type}"\nlabel = "A"\n`,
    );
    const [broken] = (await ApplicationCatalogue.load([directory])).broken();
    expect(broken?.reason).toContain(":3: ");
    expect(broken?.reason).toContain(reason);
  });

  it("does not use the built-in application in place of a site's broken one", async () => {
    await siteFile("our-own.toml", `name = "recon"\nlabel = "ours"\n`);
    const catalogue = await ApplicationCatalogue.load([directory]);
    expect(catalogue.names()).not.toContain("recon");
    expect(catalogue.broken()).toMatchObject([{ name: "recon" }]);
  });

  it("takes neither of two files of one folder with the same name", async () => {
    await siteFile("a.toml", `name = "twice"\nlabel = "a"\nshell = "true"\n`);
    await siteFile("b.toml", `name = "twice"\nlabel = "b"\nshell = "true"\n`);
    const catalogue = await ApplicationCatalogue.load([directory]);
    expect(catalogue.broken()).toMatchObject([
      { name: "twice", reason: expect.stringMatching(/b\.toml:1: .*a\.toml/) as unknown },
    ]);
  });

  it("says which folder it can't read", async () => {
    const missing = join(directory, "none");
    await expect(ApplicationCatalogue.load([missing])).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining(missing) as unknown,
    });
  });

  it("names near applications for an unknown one", async () => {
    const catalogue = await ApplicationCatalogue.load();
    expect(() => catalogue.get("tomopy_0_1_8")).toThrow(
      expect.objectContaining({ code: "APPLICATION_UNKNOWN", hint: "Did you mean TOMOPY_0_1_9?" }),
    );
    expect(() => catalogue.get("zzz")).toThrow(
      expect.objectContaining({ hint: expect.stringContaining("generic, recon") as unknown }),
    );
  });

  it("describes a form: own fields first, then those that every application has", async () => {
    const form = (await ApplicationCatalogue.load()).form("generic");
    expect(form.fields.map(({ id }) => id)).toEqual([
      "COMMANDTORUN",
      "INPUT_FILE",
      "JOB_NAME",
      "OUTPUT_FILE",
      "ERROR_FILE",
      "QUEUE",
      "RUNLIMITHOUR",
      "RUNLIMITMINUTE",
      "MIN_NUM_CPU",
      "MAX_NUM_CPU",
      "PROC_PRE_HOST",
      "SPAN",
      "EXTRA_PARAMS",
      "NOTIFY_ENABLE",
    ]);
    expect(form.fields[0]).toMatchObject({ label: "Command to run", mandatory: true, defaultValue: "" });
  });
});

import { lstat, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { readClientConfiguration } from "./client-configuration.js";
import { clientPaths } from "./client-paths.js";
import { addResource, removeResource } from "./edit-resources.js";
import type { ResourceDefinition } from "./resource-definitions.js";

let directory: string;
let file: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-configuration-"));
  file = join(directory, "config.toml");
});
afterEach(() => rm(directory, { recursive: true }));

const gateway: ResourceDefinition = {
  kind: "pac",
  url: "http://127.0.0.1:8080/platform/",
  timeouts: { connectSeconds: 5 },
};
const hall: ResourceDefinition = {
  kind: "local",
  workspace: "/data/hall",
  slots: 4,
  extraPath: ["/opt/bin"],
};

const paths = (): ReturnType<typeof clientPaths> =>
  clientPaths({ SCARF_CONFIG_DIR: directory, SCARF_STATE_DIR: directory });

it("adds to a file that isn't there, readable by its owner only", async () => {
  await addResource(join(directory, "deep", "er", "config.toml"), "x@y.z", gateway);
  const made = join(directory, "deep", "er", "config.toml");
  expect((await stat(made)).mode & 0o777).toBe(0o600);
  const read = await readClientConfiguration(
    clientPaths({ SCARF_CONFIG_DIR: join(directory, "deep", "er") }),
  );
  expect(read.resources["x@y.z"]).toEqual(gateway);
  expect(read.ownResources).toEqual(["x@y.z"]);
});

it("adds and removes without touching anything else", async () => {
  const before = [
    "# my clusters",
    'defaultResource = "b"   # the near one',
    "",
    "[resources]",
    "dotted.kind = 'local' # here",
    "dotted.workspace = '/d'",
    "inline = { kind = 'local', workspace = '/i' }",
    "",
    "# about b",
    "[resources.b]",
    "kind = 'pac'",
    "# a comment inside",
    "url = 'https://b.example/platform/'",
    "[resources.b.timeouts]",
    "connectSeconds = 3",
    "",
    "# the end",
    "",
  ];
  await writeFile(file, before.join("\n"));
  await addResource(file, "gate", gateway);
  await addResource(file, "hall", hall);
  expect((await readClientConfiguration(paths())).ownResources).toEqual([
    "dotted",
    "inline",
    "b",
    "gate",
    "hall",
  ]);
  await removeResource(file, "gate");
  await removeResource(file, "hall");
  expect((await readFile(file, "utf8")).trimEnd()).toBe(before.join("\n").trimEnd());

  await removeResource(file, "dotted");
  await removeResource(file, "inline");
  await writeFile(file, (await readFile(file, "utf8")).replace('"b"', '"local"'));
  await removeResource(file, "b");
  expect((await readFile(file, "utf8")).trimEnd().split("\n")).toEqual([
    "# my clusters",
    'defaultResource = "local"   # the near one',
    "",
    "[resources]",
    "",
    "# about b",
    "",
    "# the end",
  ]);
});

it("replaces only when told to", async () => {
  await addResource(file, "gate", gateway);
  await expect(addResource(file, "gate", hall)).rejects.toThrow("there is a resource gate already");
  await addResource(file, "gate", hall, { replace: true });
  expect((await readClientConfiguration(paths())).resources["gate"]).toEqual(hall);
});

it("refuses a definition that is wrong, before the file is touched", async () => {
  await expect(addResource(file, "a b", gateway)).rejects.toThrow("expected a name of letters");
  await expect(addResource(file, "x", { ...gateway, tokenMethod: "query" })).rejects.toThrow(
    "expected a tokenPage",
  );
  await expect(stat(file)).rejects.toThrow("ENOENT");
});

it("says which resource there might have been", async () => {
  await addResource(file, "gateway", gateway);
  await expect(removeResource(file, "gatway")).rejects.toMatchObject({
    code: "RESOURCE_UNKNOWN",
    hint: "Did you mean gateway?",
  });
});

it("leaves a file alone whose form it cannot edit", async () => {
  const text =
    "resources = { a = { kind = 'local', workspace = '/a' }, b = { kind = 'local', workspace = '/b' } }\n";
  await writeFile(file, text);
  const refusal = { code: "CONFIG_INVALID", hint: expect.stringContaining("editor") as unknown };
  await expect(addResource(file, "x", gateway)).rejects.toMatchObject(refusal);
  await expect(removeResource(file, "a")).rejects.toMatchObject(refusal);
  expect(await readFile(file, "utf8")).toBe(text);
});

it("keeps a link to the file a link, and the mode of the file", async () => {
  const real = join(directory, "dotfiles.toml");
  await writeFile(real, "# mine\n", { mode: 0o640 });
  await symlink(real, file);
  await addResource(file, "gate", gateway);
  expect((await lstat(file)).isSymbolicLink()).toBe(true);
  expect((await stat(real)).mode & 0o777).toBe(0o640);
  expect(await readFile(real, "utf8")).toContain("# mine\n\n[resources.gate]");
});

it("has SCARF and this machine without any file, and takes paths from the file's directory", async () => {
  const without = await readClientConfiguration(paths());
  expect(Object.keys(without.resources)).toEqual(["local", "SCARF@STFC"]);
  expect(without.resources["local"]).toEqual({ kind: "local", workspace: join(directory, "local") });
  await writeFile(
    file,
    "applicationDirectories = ['apps']\n[resources.local]\nkind='local'\nworkspace='w'\n",
  );
  const read = await readClientConfiguration(paths());
  expect(read.resources["local"]).toEqual({ kind: "local", workspace: join(directory, "w") });
  expect(read.applicationDirectories).toEqual([join(directory, "apps")]);
});

it("knows when the default resource is none", async () => {
  await writeFile(file, "defaultResource = 'scarf@stfc'\n");
  await expect(readClientConfiguration(paths())).rejects.toThrow(
    `${file}:1: expected defaultResource to be one of local, SCARF@STFC, found "scarf@stfc"; did you mean "SCARF@STFC"?`,
  );
});

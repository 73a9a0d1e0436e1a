import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { ConfigError, isScarfError } from "../errors/index.js";
import { withoutPrivileges } from "../testing/without-privileges.js";
import { parseConfiguration, readConfiguration } from "./read-configuration.js";
import { resourcesSchema } from "./resource-definitions.js";

const schema = z.strictObject({
  port: z.optional(z.int().check(z.minimum(1), z.maximum(65_535))),
  mode: z.optional(z.enum(["fast", "safe"])),
  hosts: z.optional(z.array(z.string())),
  users: z.optional(z.array(z.strictObject({ name: z.string(), cores: z.optional(z.number()) }))),
  groups: z.optional(z.array(z.strictObject({ limit: z.strictObject({ cores: z.number() }) }))),
  timeout: z.optional(z.union([z.number(), z.literal("never")])),
  resources: z._default(resourcesSchema, {}),
});

function messageOf(text: string): string {
  try {
    parseConfiguration(text, "hpc.toml", schema);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "no mistake found";
}

describe("a mistake is reported with its line, what was expected and what was found", () => {
  it.each([
    ['a = "b"', 'hpc.toml:1: expected port, mode, hosts, users, groups, timeout or resources, found "a"'],
    ["\n\nprot = 80", 'hpc.toml:3: expected a known key, found "prot"; did you mean "port"?'],
    ['# a comment\nport = "80"', 'hpc.toml:2: expected port to be a number, found "80"'],
    ["port = 8.5", "hpc.toml:1: expected port to be a whole number, found 8.5"],
    ["port = 0", "hpc.toml:1: expected port to be at least 1, found 0"],
    ["port = 70000", "hpc.toml:1: expected port to be at most 65535, found 70000"],
    ['mode = "slow"', 'hpc.toml:1: expected mode to be "fast" or "safe", found "slow"'],
    ["hosts = [\n  'a', # one\n  # two\n  2,\n]", "hpc.toml:4: expected hosts[1] to be text, found 2"],
    ["hosts = {}", "hpc.toml:1: expected hosts to be a list, found a table"],
    [
      "[[users]]\nname = 'a'\n[[users]]\ncores = 2",
      "hpc.toml:3: expected users[1].name to be text, found nothing",
    ],
    [
      "[[users]]\nname = 'a'\n\n[[users]]\nname = 2",
      "hpc.toml:5: expected users[1].name to be text, found 2",
    ],
    [
      "users = [\n{name = 'a'},\n{name = 'b', corse = 1}]",
      'hpc.toml:3: expected a known key in users[1], found "corse"; did you mean "cores"?',
    ],
    [
      "[[groups]]\n[groups.limit]\ncores = 1\n[[groups]]\n[groups.limit]\ncores = 'x'",
      'hpc.toml:6: expected groups[1].limit.cores to be a number, found "x"',
    ],
    ["timeout = true", 'hpc.toml:1: expected timeout to be a number or "never", found true'],
    ["[resources.x]\nkind = 'pac'", "hpc.toml:1: expected resources.x.url to be text, found nothing"],
    [
      "[resources.x]",
      'hpc.toml:1: expected resources.x.kind to be "local", "pac", "mantid-web", "slurm-rest" or "slurm-cli", found nothing',
    ],
    [
      "[resources.x]\nkind = 'slurmm'",
      'hpc.toml:2: expected resources.x.kind to be "local", "pac", "mantid-web", "slurm-rest" or "slurm-cli", found "slurmm"',
    ],
    [
      "[resources.\"SCARF@STFC\"]\nkind = 'pac'\nurl = 'https://u:p@h/'",
      'hpc.toml:3: expected resources."SCARF@STFC".url to be a web address such as https://host:8443/platform/ (no user name, password, ? or # in it), found "https://u:p@h/"',
    ],
    [
      "[resources.x]\nkind = 'pac'\nurl = 'https://h/'\ntimeouts.connectSecond = 3",
      'hpc.toml:4: expected a known key in resources.x.timeouts, found "connectSecond"; did you mean "connectSeconds"?',
    ],
    [
      "[resources.'a b']\nkind = 'local'\nworkspace = '/w'",
      'hpc.toml:1: expected a name of letters, digits and @ . _ -, beginning with a letter or digit, found "a b"',
    ],
    ["resources = 3", "hpc.toml:1: expected resources to be a table, found 3"],
    ["port = \n", "hpc.toml:1: expected TOML, found a mistake at column 8: "],
    ["port = 1\nport = 2", "hpc.toml:2: expected TOML, found a mistake at column "],
    ["__proto__ = 1", "hpc.toml:1: expected TOML, found a mistake at column "],
  ])("%j", (text, expected) => {
    const message = messageOf(text);
    // Behind the column come the parser's own words.
    const comparable = expected.includes("at column") ? message.slice(0, expected.length) : message;
    expect(comparable).toBe(expected);
  });

  it("finds several mistakes at once, in the order of the file", () => {
    const message = messageOf("mode = 'x'\nextra = 1\n\n[[users]]\nname = 1\n");
    expect(message.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "hpc.toml:1:",
      "hpc.toml:2:",
      "hpc.toml:5:",
    ]);
  });

  it("does not take text in strings and comments for keys", () => {
    const text = 'hosts = ["""\nport = 1\n[[users]]\n""", \'\'\'\nmode=3\'\'\'] # port = "x"\nport = "y"\n';
    expect(messageOf(text)).toBe('hpc.toml:6: expected port to be a number, found "y"');
  });

  it("never repeats a secret that someone put into the file", () => {
    const message = messageOf("[resources.x]\nkind = 'pac'\nurl = 'https://h/'\npassword = 'hunter2'\n");
    expect(message).toBe(
      'hpc.toml:4: expected no "password" here: secrets are never kept in a configuration file; take it out',
    );
  });

  it("gives lines to mistakes that only the caller can find", () => {
    const findProblems = (): { path: string[]; message: string }[] => [
      { path: ["mode"], message: "expected peace" },
    ];
    const read = (): unknown =>
      parseConfiguration("port = 1\nmode = 'fast'\n", "hpc.toml", schema, { findProblems });
    expect(read).toThrow("hpc.toml:2: expected peace");
  });
});

describe("a file that can't be read", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "scarf-configuration-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  async function failureOf(path: string): Promise<ConfigError> {
    const error: unknown = await readConfiguration(path, schema).catch((thrown: unknown) => thrown);
    if (!(error instanceof ConfigError) || !isScarfError(error))
      throw new Error(`unexpected: ${String(error)}`);
    return error;
  }

  it("is missing", async () => {
    const path = join(directory, "none.toml");
    expect(await failureOf(path)).toMatchObject({
      code: "CONFIG_INVALID",
      message: `${path}: there is no such file`,
    });
    await expect(readConfiguration(path, schema, { missing: "empty" })).resolves.toEqual({ resources: {} });
  });

  it("is a directory", async () => {
    const path = join(directory, "d");
    await mkdir(path);
    expect((await failureOf(path)).message).toBe(`${path}: expected a file, found a directory`);
    await expect(readConfiguration(path, schema, { missing: "empty" })).rejects.toThrow("found a directory");
  });

  it("lies below something that is no directory", async () => {
    await writeFile(join(directory, "f"), "");
    expect((await failureOf(join(directory, "f", "x.toml"))).message).toContain(
      "a part of the path is not a directory",
    );
  });

  it("may not be read", async () => {
    const path = join(directory, "secret.toml");
    await writeFile(path, "");
    await chmod(path, 0);
    const failure = await withoutPrivileges(directory, () => failureOf(path));
    expect(failure.message).toBe(`${path}: you are not allowed to read it`);
  });

  it("is not UTF-8", async () => {
    const path = join(directory, "latin.toml");
    await writeFile(path, Buffer.from([0x61, 0x3d, 0x22, 0xe9, 0x22]));
    expect((await failureOf(path)).message).toBe(`${path}: expected UTF-8 text, found other bytes`);
  });
});

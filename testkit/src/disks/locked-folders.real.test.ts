import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ended, ScarfProgram, type ServedGateway } from "../journey/scarf-program.js";

/** `nobody` on every Linux: root could write everywhere. */
const nobody = process.getuid?.() === 0 ? 65_534 : undefined;

const configuration = `
listen = "127.0.0.1:0"
stateDirectory = "gateway-state"
[limits]
loginDelaySeconds = 0
[resources.cluster]
kind = "local"
workspace = "cluster"
idleSeconds = 1
`;

describe("folders that may not be written", { timeout: 60_000 }, () => {
  let folder: string;
  let scarf: ScarfProgram;
  let gateway: ServedGateway | undefined;
  const resources = ["here", "far"] as const;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "scarf-locked-"));
    for (const name of ["", "tmp", "config"]) {
      await mkdir(join(folder, name), { recursive: true });
      if (nobody !== undefined) await chown(join(folder, name), nobody, nobody);
    }
    await writeFile(join(folder, "gateway.toml"), configuration);
    await writeFile(join(folder, "scan.bin"), Buffer.alloc(200_000, 7));
    scarf = new ScarfProgram(folder, {}, nobody);
    await succeed("user add ada --password-stdin --config gateway.toml", "the password");
    gateway = await scarf.serve("gateway.toml");
    await writeFile(
      join(folder, "config", "config.toml"),
      `[resources.far]\nkind = "pac"\nurl = "${gateway.url}"\n` +
        `[resources.here]\nkind = "local"\nworkspace = "${join(folder, "own")}"\nidleSeconds = 1\n`,
    );
    await succeed("login far --password-stdin", "the password");
  });
  afterAll(async () => {
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  });

  async function succeed(args: string, stdin?: string): Promise<string> {
    const { exitCode, stdout, stderr } = await scarf.run(args.split(" "), stdin);
    expect([args, exitCode, stderr]).toEqual([args, 0, stderr]);
    return stdout;
  }

  const fail = (args: string): Promise<Ended> => scarf.run(args.replace(" ", " --json ").split(" "));

  /** While nobody may write into the directory. */
  async function locked<Result>(directory: string, work: () => Promise<Result>): Promise<Result> {
    await chmod(directory, 0o500);
    try {
      return await work();
    } finally {
      await chmod(directory, 0o755);
    }
  }

  it.each(resources)(
    "of the user on the resource: the upload says so and leaves nothing (%s)",
    async (resource) => {
      await succeed(`upload scan.bin --to locked -r ${resource}`);
      const directory = join(folder, resource === "here" ? "own" : "cluster", "users", "ada", "locked");
      await writeFile(join(folder, "other.bin"), "new");
      const { exitCode, stdout, stderr } = await locked(directory, () =>
        fail(`upload other.bin scan.bin --to locked --overwrite -r ${resource}`),
      );
      expect([exitCode === 0, stdout + stderr]).toEqual([
        false,
        expect.stringMatching(/FILE_UNWRITABLE|PERMISSION_DENIED/),
      ]);
      expect(await readdir(directory)).toEqual(["scan.bin"]);
      expect(await readFile(join(directory, "scan.bin"))).toEqual(Buffer.alloc(200_000, 7));
      await succeed(`upload other.bin --to locked -r ${resource}`);
    },
  );

  it.each(resources)(
    "of all the user's jobs: the submit says so, and there is no job (%s)",
    async (resource) => {
      await succeed(`submit -q -r ${resource} -- true`);
      const jobs = join(folder, resource === "here" ? "own" : "cluster", "users", "ada", "jobs");
      const before = await readdir(jobs);
      const { exitCode, stdout, stderr } = await locked(jobs, () =>
        fail(`submit -r ${resource} --name none --attach scan.bin -- true`),
      );
      expect([exitCode === 0, stdout + stderr]).toEqual([
        false,
        expect.stringMatching(/"code":\s*"(FILE_UNWRITABLE|PERMISSION_DENIED)"/),
      ]);
      expect(await readdir(jobs)).toEqual(before);
      expect(await succeed(`jobs -r ${resource} --name none --json`)).toMatch(/"jobs":\s*\[\]/);
      await succeed(`submit -q -r ${resource} --attach scan.bin -- true`);
    },
  );

  it.each(resources)(
    "here, and files there that may not be read: each is named, the others come (%s)",
    async (resource) => {
      await writeFile(
        join(folder, "make.sh"),
        "echo a > a; echo b > b; chmod 0 b; mkdir -m 0 c; echo d > d\n",
      );
      const id = (await succeed(`submit -q -r ${resource} -- sh ${join(folder, "make.sh")}`)).trim();
      await succeed(`wait ${id} -r ${resource}`);
      const target = join(folder, `results-${resource}`);
      await mkdir(target);
      if (nobody !== undefined) await chown(target, nobody, nobody);
      const refused = await locked(target, () => fail(`download ${id} -r ${resource} -o ${target}`));
      expect([refused.exitCode === 0, refused.stdout + refused.stderr]).toEqual([
        false,
        expect.stringContaining("FILE_UNWRITABLE"),
      ]);
      expect(await readdir(target)).toEqual([]);
      const { exitCode, stdout, stderr } = await fail(`download ${id} -r ${resource} -o ${target}`);
      expect([exitCode === 0, stdout + stderr]).toEqual([false, expect.stringMatching(/FILE_UNREADABLE/)]);
      expect(stdout + stderr).toMatch(/"b"/);
      expect(stdout + stderr).toMatch(/"c"/);
      expect(await readdir(target)).toEqual(expect.arrayContaining(["a", "d"]));
      expect((await readdir(target)).filter((name) => /^[bc]$|part/.test(name))).toEqual([]);
    },
  );

  it("of the gateway's own state: what needs it is refused with words, and works again afterwards", async () => {
    const spool = join(folder, "gateway-state", "spool");
    const { exitCode, stdout, stderr } = await locked(spool, () =>
      fail("submit -r far --attach scan.bin --name spooled -- true"),
    );
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).not.toMatch(/OUTPUT_UNREADABLE|EACCES/);
    expect(stdout + stderr).toMatch(/"code"/);
    expect(await succeed("jobs -r far --name spooled --json")).toMatch(/"jobs":\s*\[\]/);
    await succeed("submit -q -r far --attach scan.bin -- true");
  });
});

import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bytesSource,
  downloadJobFiles,
  isScarfError,
  PacResource,
  type ScarfError,
  type Session,
  uploadFile,
  waitForJob,
} from "scarf-tomo";
import { addUser, type Gateway, startGateway } from "scarf-tomo-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { uniqueName } from "../contract/bench.js";
import { SmallDisk } from "./small-disk.js";

const password = "correct horse";
const megabyte = 1_048_576;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-disks-"));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

/** A gateway with all it keeps on one disk, and ada logged in there. */
interface Site extends AsyncDisposable {
  readonly disk: SmallDisk;
  readonly session: Session;
}

async function openSite(size: { sizeBytes: number; files?: number }): Promise<Site> {
  const disk = await SmallDisk.mount(size);
  const usersFile = join(folder, uniqueName("users"));
  await addUser(usersFile, "ada", password);
  const gateway: Gateway = await startGateway({
    listen: "127.0.0.1:0",
    stateDirectory: join(disk.path, "state"),
    users: { file: usersFile },
    limits: { loginDelaySeconds: 0, freeDiskBytes: 0 },
    log: { level: "silent" },
    resources: { cluster: { kind: "local", workspace: join(disk.path, "cluster"), idleSeconds: 1 } },
  });
  const resource = new PacResource({
    id: "cluster",
    baseUrl: gateway.pacUrl,
    retry: { attempts: 2, firstDelaySeconds: 0.05 },
    lookUpPausesSeconds: [0.05],
  });
  const session = await resource.logIn({ userName: "ada", password });
  return {
    disk,
    session,
    async [Symbol.asyncDispose]() {
      await resource.close();
      await gateway.close();
      await disk[Symbol.asyncDispose]();
    },
  };
}

async function failureOf(call: Promise<unknown>): Promise<ScarfError> {
  const error = await call.then(
    (value) => new Error(`It went well: ${JSON.stringify(value)}`),
    (caught: unknown) => caught,
  );
  if (!isScarfError(error)) throw error;
  return error;
}

/** Runs a job to its end and gives its id. */
async function runJob(session: Session, commandLine: string): Promise<{ id: string; outcome: string }> {
  const task = { kind: "shell", commandLine } as const;
  const id = await session.submit({ task }, { submitKey: uniqueName("key") });
  const ended = await waitForJob(session, id, { timeoutSeconds: 30 });
  const { status } = ended;
  return { id, outcome: status?.phase === "finished" ? status.outcome : (status?.phase ?? ended.ended) };
}

describe("a disk that is full", () => {
  it("an upload that does not fit is refused with the reason, leaves nothing, and those that fit go in", async () => {
    await using site = await openSite({ sizeBytes: 24 * megabyte });
    const { session, disk } = site;
    const large = join(folder, "large.bin");
    await writeFile(large, randomBytes(40 * megabyte));
    const before = await disk.list();
    const error = await failureOf(uploadFile(session, large, "scans", { retry: { attempts: 1 } }));
    expect([error.code, error.message]).toEqual(["DISK_FULL", expect.stringMatching(/space|full/i)]);
    const left = (await disk.list()).filter((path) => !before.includes(path));
    expect(left.filter((path) => !/sqlite|audit|\.log$|lock/.test(path))).toEqual([]);
    // Each of these fits, all of them do not: the disk is full in the middle of some.
    const part = join(folder, "part.bin");
    await writeFile(part, randomBytes(7 * megabyte));
    const names = ["a.bin", "b.bin", "c.bin", "d.bin"];
    const results = await Promise.allSettled(
      names.map((remoteName) => uploadFile(session, part, "scans", { remoteName, retry: { attempts: 1 } })),
    );
    const failures = results.flatMap((result): unknown[] =>
      result.status === "rejected" ? [result.reason] : [],
    );
    expect(failures.length).toBeGreaterThan(0);
    for (const failure of failures) expect(failure).toMatchObject({ code: "DISK_FULL" });
    const scans = join(disk.path, "cluster", "users", "ada", "scans");
    const there = names.filter((_, index) => results[index]?.status === "fulfilled");
    expect((await readdir(scans)).sort()).toEqual(there);
    const sent = await readFile(part);
    for (const name of there) expect(sent.equals(await readFile(join(scans, name)))).toBe(true);
    await Promise.all(there.map((name) => rm(join(scans, name))));
    expect(await uploadFile(session, part, "scans")).toMatchObject({ verified: "sha256" });
  });

  it("a submit on a full disk is an error, makes no job, and the same key makes one when there is room again", async () => {
    await using site = await openSite({ sizeBytes: 12 * megabyte });
    const { session, disk } = site;
    await runJob(session, "true");
    const ballast = await disk.fill();
    const submitKey = uniqueName("key");
    const spec = { name: "later", task: { kind: "shell", commandLine: "echo done" } } as const;
    const error = await failureOf(session.submit(spec, { submitKey }));
    expect(error.message).not.toContain("undefined");
    await rm(ballast);
    expect(await session.list({ name: "later" })).toEqual([]);
    const id = await session.submit(spec, { submitKey });
    expect((await waitForJob(session, id, { timeoutSeconds: 30 })).status).toMatchObject({
      phase: "finished",
      outcome: "succeeded",
    });
    expect(await session.list({ name: "later" })).toHaveLength(1);
  });

  it("a job that fills the disk is never shown as succeeded, and those before it stay what they were", async () => {
    await using site = await openSite({ sizeBytes: 12 * megabyte });
    const { session } = site;
    const good = await runJob(session, "echo good");
    const greedy = await runJob(session, "head -c 40000000 /dev/zero > slices.tif && echo made it");
    expect(greedy.outcome).not.toBe("succeeded");
    expect(greedy.outcome).toBe("failed");
    expect((await session.status([good.id])).get(good.id)).toMatchObject({ outcome: "succeeded" });
    await session.jobFiles(greedy.id).list();
  });

  it("a download onto a full disk names the file, leaves no part of it under its name, and goes on when there is room", async () => {
    await using site = await openSite({ sizeBytes: 64 * megabyte });
    const { session } = site;
    const { id } = await runJob(
      session,
      "head -c 3000000 /dev/urandom > a.tif; head -c 9000000 /dev/urandom > b.tif",
    );
    await using home = await SmallDisk.mount({ sizeBytes: 8 * megabyte });
    const directory = join(home.path, "results");
    await mkdir(directory);
    const first = await downloadJobFiles(session, id, { directory, names: ["a.tif", "b.tif"] });
    expect(first.files.map(({ name }) => name)).toEqual(["a.tif"]);
    expect(first.failures.map(({ name, error }) => [name, isScarfError(error) && error.code])).toEqual([
      ["b.tif", "DISK_FULL"],
    ]);
    expect(await readdir(directory)).toEqual(["a.tif"]);
    const roomy = join(folder, uniqueName("roomy"));
    const again = await downloadJobFiles(session, id, { directory: roomy, names: ["a.tif", "b.tif"] });
    expect(again.failures).toEqual([]);
  });

  it("no more files to be made is told as a full disk, too", async () => {
    await using site = await openSite({ sizeBytes: 32 * megabyte, files: 400 });
    const { session, disk } = site;
    const taken = await disk.fillWithFiles();
    const error = await failureOf(
      session.files.write("scans", "x.bin", bytesSource(new Uint8Array(10)), { overwrite: true }),
    );
    expect(error.code).toBe("DISK_FULL");
    await Promise.all(taken.map((path) => rm(path)));
    await session.files.write("scans", "x.bin", bytesSource(new Uint8Array(10)), { overwrite: true });
    expect((await runJob(session, "test -s ../../scans/x.bin")).outcome).toBe("succeeded");
  });

  it("nobody can log in while the state can't be written, everybody hears why, and all is well afterwards", async () => {
    await using site = await openSite({ sizeBytes: 12 * megabyte });
    const { session, disk } = site;
    const ballast = await disk.fill();
    const { resource } = session;
    const error = await resource.logIn({ userName: "ada", password }).then(
      () => undefined,
      (caught: unknown) => caught,
    );
    // A database that has a page to spare still takes one.
    const code = isScarfError(error) ? error.code : "none";
    expect(["none", "DISK_FULL"]).toContain(code);
    expect(await session.list()).toEqual([]);
    await rm(ballast);
    const later = await resource.logIn({ userName: "ada", password });
    expect((await runJob(later, "true")).outcome).toBe("succeeded");
  });
});

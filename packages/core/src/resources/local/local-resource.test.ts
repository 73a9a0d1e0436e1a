/* oxlint-disable vitest/no-standalone-expect -- the rule does not know an `it` that was extended by a fixture */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it as base } from "vitest";
import type { JobSpec, JobStatus } from "../../model/index.js";
import { findFamily } from "../../transports/process/process-family.js";
import type { Session } from "../compute-resource.js";
import { findEngine } from "./engine-lock.js";
import { parseJobState } from "./job-state.js";
import { LocalResource } from "./local-resource.js";
import { removeWorkspace } from "./testing/remove-workspace.js";
import { openWorkspace } from "./workspace.js";

/** One workspace with one user, for one test. */
class Bed {
  readonly root = mkdtempSync(join(tmpdir(), "scarf-unit-"));
  readonly session: Session;
  #keys = 0;

  constructor() {
    this.session = this.open();
  }

  open(options: { readonly sharedDirectories?: readonly string[] } = {}): Session {
    const resource = new LocalResource({
      workspace: join(this.root, "w"),
      slots: 2,
      idleSeconds: 0.3,
      ...options,
    });
    return resource.resume({ resourceId: "local", userName: "anna", savedAt: "", state: {} });
  }

  async submit(spec: JobSpec | string): Promise<string> {
    const whole = typeof spec === "string" ? { task: { kind: "shell", commandLine: spec } as const } : spec;
    return await this.session.submit(whole, { submitKey: `key-${(this.#keys += 1)}` });
  }

  async awaitStatus(id: string, wanted: (status: JobStatus) => boolean): Promise<JobStatus> {
    const deadline = performance.now() + 20_000;
    for (;;) {
      const status = (await this.session.status([id])).get(id);
      if (status && wanted(status)) return status;
      if (performance.now() > deadline) throw new Error(`Job ${id} stays ${JSON.stringify(status)}`);
      await sleep(20);
    }
  }

  async end(id: string): Promise<JobStatus> {
    return await this.awaitStatus(
      id,
      ({ phase }) => phase === "finished" || phase === "unknown" || phase === "held",
    );
  }

  async running(id: string): Promise<JobStatus> {
    return await this.awaitStatus(id, ({ phase }) => phase === "running");
  }

  /** The state that is in the files, past whatever is made of it. */
  async readState(id: string) {
    await this.awaitStatus(id, ({ raw }) => raw !== "queued" && raw !== "starting");
    const directory = join(this.root, "w", "state", "jobs", id);
    const versions = readdirSync(directory).flatMap((name) => /^state-(\d+)\.json$/.exec(name)?.[1] ?? []);
    const version = Math.max(...versions.map(Number));
    const state = parseJobState(readFileSync(join(directory, `state-${version}.json`), "utf8"));
    if (!state) throw new Error("The state is not readable");
    const next = join(directory, `state-${version + 1}.json`);
    return { state, writeNext: (content: object) => writeFileSync(next, JSON.stringify(content)) };
  }

  async killKeeper(id: string): Promise<void> {
    kill((await this.readState(id)).state.keeper?.pid);
  }

  findEngine() {
    return findEngine(openWorkspace(join(this.root, "w")));
  }

  async close(): Promise<void> {
    const { session } = this;
    for (const job of await session.list({ phases: ["queued", "running", "suspended"] }))
      await session.cancel(job.id);
    for (const job of await session.list()) await this.end(job.id);
    await removeWorkspace(openWorkspace(join(this.root, "w")), this.root);
  }
}

const emptySource = { sizeBytes: 0, read: async function* () {} };

function containing(text: string): unknown {
  return expect.stringContaining(text);
}

function kill(pid: number | undefined): void {
  // 0 would be this process and its group.
  if (!pid) throw new Error("There is no such process yet");
  process.kill(pid, "SIGKILL");
}

const it = base.extend<{ bed: Bed }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest reads the pattern to learn what a fixture depends on
  bed: async ({}, use) => {
    const bed = new Bed();
    await use(bed);
    await bed.close();
  },
});

describe.concurrent("a job whose keeper was killed", () => {
  it("goes on, and its end is unknown rather than guessed", async ({ bed }) => {
    const id = await bed.submit("sleep 1; echo end");
    await bed.running(id);
    await bed.killKeeper(id);
    expect(await bed.running(id)).toMatchObject({ phase: "running" });
    expect(await bed.end(id)).toMatchObject({ phase: "unknown", why: "no-evidence" });
    expect((await bed.session.jobFiles(id).read(`${id}.output`)).sizeBytes).toBe(4);
  });

  it("is still ended by its time limit", async ({ bed }) => {
    const id = await bed.submit({
      task: { kind: "shell", commandLine: "sleep 60" },
      resources: { wallTimeSeconds: 2 },
    });
    await bed.running(id);
    await bed.killKeeper(id);
    expect(await bed.end(id)).toMatchObject({ phase: "finished", outcome: "timed-out" });
  });

  it("can still be cancelled", async ({ bed }) => {
    const id = await bed.submit("sleep 60");
    await bed.running(id);
    await bed.killKeeper(id);
    expect(await bed.session.cancel(id)).toBe("requested");
    expect(await bed.end(id)).toMatchObject({ phase: "finished", outcome: "cancelled" });
  });

  it("is unknown when it was killed with its keeper", async ({ bed }) => {
    const id = await bed.submit("sleep 60");
    await bed.running(id);
    const { state } = await bed.readState(id);
    kill(state.keeper?.pid);
    kill(state.process?.pid);
    expect(await bed.end(id)).toMatchObject({ phase: "unknown", why: "no-evidence" });
  });
});

describe.concurrent("after a restart of the machine", () => {
  /** Makes the files say what they would after a power cut. */
  async function pretendRestart(bed: Bed, id: string): Promise<void> {
    await bed.running(id);
    const { state, writeNext } = await bed.readState(id);
    const engine = bed.findEngine();
    for (const pid of [engine?.pid, state.keeper?.pid, state.process?.pid]) kill(pid);
    writeNext({
      ...state,
      keeper: { ...state.keeper, bootId: "an earlier one" },
      process: { ...state.process, bootId: "an earlier one" },
    });
  }

  it("says node-failure of a job that ran then", async ({ bed }) => {
    const id = await bed.submit("sleep 60");
    await pretendRestart(bed, id);
    expect((await bed.session.status([id])).get(id)).toMatchObject({
      phase: "finished",
      outcome: "node-failure",
      evidence: { source: "boot id of the machine" },
    });
    expect(await bed.end(id)).toMatchObject({ outcome: "node-failure" });
  });

  it("runs it again only when it may be", async ({ bed }) => {
    const commandLine = "test -e second || { touch second; sleep 60; }";
    const id = await bed.submit({ task: { kind: "shell", commandLine }, requeueable: true });
    await pretendRestart(bed, id);
    await bed.awaitStatus(id, (status) => status.phase === "finished" && status.outcome === "succeeded");
  });
});

describe.concurrent("the processes of a job", () => {
  it("are ended with it, daemons included", async ({ bed }) => {
    const id = await bed.submit("(setsid sleep 71 &); sleep 72 & exec sleep 73");
    await bed.running(id);
    await sleep(150);
    const { state } = await bed.readState(id);
    const family = { environmentMark: `SCARF_JOB_MARK=${state.mark ?? ""}` };
    expect(findFamily(family, { thorough: true }).length).toBe(3);
    await bed.session.cancel(id);
    expect(await bed.end(id)).toMatchObject({ outcome: "cancelled" });
    expect(findFamily(family, { thorough: true })).toEqual([]);
  });

  it("do not outlive its first one", async ({ bed }) => {
    const id = await bed.submit("sleep 74 & exit 0");
    expect(await bed.end(id)).toMatchObject({ outcome: "succeeded" });
    const { state } = await bed.readState(id);
    const family = { environmentMark: `SCARF_JOB_MARK=${state.mark ?? ""}` };
    expect(findFamily(family, { thorough: true })).toEqual([]);
  });
});

describe.concurrent("the queue", () => {
  it("starts jobs in their order, and no more than there are cores for", async ({ bed }) => {
    const blocker = await bed.submit({
      task: { kind: "shell", commandLine: "until test -e go; do sleep 0.05; done" },
      resources: { coresPerTask: 2 },
    });
    await bed.running(blocker);
    const large = await bed.submit({
      task: { kind: "shell", commandLine: "true" },
      resources: { exclusive: true },
    });
    const small = await bed.submit("true");
    const urgent = await bed.submit({ task: { kind: "shell", commandLine: "true" }, priority: 5 });
    await bed.session.jobFiles(blocker).write(".", "go", emptySource);
    for (const id of [blocker, large, small, urgent])
      expect(await bed.end(id)).toMatchObject({ outcome: "succeeded" });
    const times = await Promise.all(
      [blocker, urgent, large, small].map(
        async (id) => (await bed.session.job(id)).startedAt?.getTime() ?? 0,
      ),
    );
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("goes on in another engine after the first was killed", async ({ bed }) => {
    const first = await bed.submit("until test -e go; do sleep 0.05; done");
    await bed.running(first);
    const engine = bed.findEngine();
    const second = await bed.submit({
      task: { kind: "shell", commandLine: "true" },
      resources: { exclusive: true },
    });
    kill(engine?.pid);
    await bed.session.jobFiles(first).write(".", "go", emptySource);
    expect(await bed.end(first)).toMatchObject({ outcome: "succeeded" });
    expect(await bed.end(second)).toMatchObject({ outcome: "succeeded" });
  });

  it("starts a job once, however many keepers try at the same time", async ({ bed }) => {
    // Engines that are killed right after they have started a keeper bring this about.
    const task = { kind: "shell", commandLine: "printf x >> ran; sleep 0.3" } as const;
    const id = await bed.submit({ task, beginAt: new Date(Date.now() + 3_600_000) });
    const program = fileURLToPath(new URL("keeper-main.js", import.meta.url));
    const keepers = Array.from({ length: 4 }, () =>
      spawn(process.execPath, [program, join(bed.root, "w"), id, "1"], { stdio: "inherit" }),
    );
    await Promise.all(keepers.map((keeper) => once(keeper, "exit")));
    expect(await bed.end(id)).toMatchObject({ outcome: "succeeded" });
    expect((await bed.session.jobFiles(id).read("ran")).sizeBytes).toBe(1);
  });

  it("ends when there is nothing to do, and comes back", async ({ bed }) => {
    await bed.end(await bed.submit("true"));
    const deadline = performance.now() + 10_000;
    while (bed.findEngine() && performance.now() < deadline) await sleep(50);
    expect(bed.findEngine()).toBeUndefined();
    expect(await bed.end(await bed.submit("true"))).toMatchObject({ outcome: "succeeded" });
  });

  it("says what is wrong when a job can't be executed", async ({ bed }) => {
    const directory = join(bed.root, "gone");
    mkdirSync(directory);
    const held = await bed.submit({
      task: { kind: "shell", commandLine: "true" },
      workingDirectory: directory,
      hold: true,
    });
    rmSync(directory, { recursive: true });
    await bed.session.release(held);
    const status = await bed.awaitStatus(held, ({ phase }) => phase === "finished");
    expect(status).toMatchObject({ outcome: "failed", reason: containing(directory) });
    const noInput = await bed.submit({
      task: { kind: "shell", commandLine: "true" },
      inputPath: "not there",
    });
    expect(await bed.end(noInput)).toMatchObject({
      outcome: "failed",
      reason: containing("not there"),
    });
  });
});

describe.concurrent("files", () => {
  it("are not reached through symbolic links that lead out, but through others", async ({ bed }) => {
    const home = join(bed.root, "w", "users", "anna");
    writeFileSync(join(bed.root, "secret.txt"), "secret");
    mkdirSync(join(home, "inside"));
    writeFileSync(join(home, "inside", "file.txt"), "inside");
    symlinkSync(bed.root, join(home, "out"));
    symlinkSync(join(bed.root, "secret.txt"), join(home, "secret"));
    symlinkSync("inside", join(home, "in"));
    symlinkSync("circle", join(home, "circle"));
    for (const call of [
      () => bed.session.files.read("secret"),
      () => bed.session.files.read("out/secret.txt"),
      () => bed.session.files.list("out"),
      () => bed.session.files.checksum("secret"),
      () => bed.session.files.write("out", "x", emptySource),
      () => bed.session.files.write("out/new", "x", emptySource),
      () => bed.session.files.makeDirectory("out/new"),
      () => bed.session.files.remove("out/secret.txt"),
      () => bed.session.files.rename("inside/file.txt", "out/stolen"),
      () => bed.session.files.read("circle"),
    ])
      await expect(call()).rejects.toMatchObject({ code: "FILE_NAME_REFUSED" });
    expect(readdirSync(bed.root).toSorted()).toEqual(["secret.txt", "w"]);
    expect((await bed.session.files.list(".")).map(({ name }) => name)).toEqual(["in", "inside"]);
    expect((await bed.session.files.read("in/file.txt")).sizeBytes).toBe(6);
    await bed.session.files.remove("out"); // the link, not what it leads to
    expect(readFileSync(join(bed.root, "secret.txt"), "utf8")).toBe("secret");
  });

  it("that are no files are refused, and stop nobody", async ({ bed }) => {
    execFileSync("mkfifo", [join(bed.root, "w", "users", "anna", "pipe")]);
    await expect(bed.session.files.read("pipe")).rejects.toMatchObject({ code: "FILE_KIND_WRONG" });
    expect(await bed.session.files.list(".")).toEqual([]);
  });

  it("of directories that are shared are reached by everybody", async ({ bed }) => {
    const shared = join(bed.root, "shared");
    mkdirSync(shared);
    writeFileSync(join(shared, "scan.nxs"), "scan");
    const sharing = bed.open({ sharedDirectories: [shared] });
    expect((await sharing.files.read(join(shared, "scan.nxs"))).sizeBytes).toBe(4);
    await expect(bed.session.files.read(join(shared, "scan.nxs"))).rejects.toMatchObject({
      code: "FILE_NAME_REFUSED",
    });
  });

  it("that were left unfinished by a killed process are not listed, and go away", async ({ bed }) => {
    const home = join(bed.root, "w", "users", "anna");
    writeFileSync(join(home, ".scarf-part-999999999-abc"), "half");
    expect(await bed.session.files.list(".")).toEqual([]);
    await bed.session.files.write(".", "x", emptySource);
    expect(readdirSync(home)).toEqual(["x"]);
  });
});

describe.concurrent("a workspace", () => {
  it("has no two users whose names differ in case only: some disks would give them one directory", async ({
    bed,
  }) => {
    const resource = new LocalResource({ workspace: join(bed.root, "w") });
    await expect(resource.logIn({ userName: "Anna" })).rejects.toMatchObject({
      code: "PROPERTY_INVALID",
      message: "`Anna` can't be a user's name here: `anna` is one already.",
    });
    expect((await resource.logIn({ userName: "anna" })).userName).toBe("anna");
  });

  it("lets no job begin in, or write its output to, what is another user's or the engine's", async ({
    bed,
  }) => {
    const users = join(bed.root, "w", "users");
    mkdirSync(join(users, "bob"));
    const task = { kind: "command", argv: ["true"] } as const;
    for (const spec of [
      { workingDirectory: join(users, "bob") },
      { workingDirectory: join(users, "anna", "..", "bob") },
      { outputPath: join(users, "bob", "out.txt") },
      { outputPath: "../bob/out.txt" },
      { errorPath: join(users, "anna", "..", "..", "state", "x") },
      { inputPath: join(users, "bob", "secret") },
    ])
      await expect(bed.submit({ task, ...spec })).rejects.toMatchObject({ code: "SPEC_REJECTED" });
    expect(await bed.submit({ task, outputPath: join(users, "anna", "out.txt") })).toBe("1");
    expect(await bed.submit({ task, workingDirectory: bed.root })).toBe("2");
    await bed.end("2");
  });

  it("of another machine is refused with the remedy", async ({ bed }) => {
    mkdirSync(join(bed.root, "other"));
    writeFileSync(join(bed.root, "other", "workspace.json"), '{"format":1,"host":"elsewhere"}');
    const other = new LocalResource({ workspace: join(bed.root, "other") });
    await expect(other.ping()).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: containing("`elsewhere`"),
      hint: containing("workspace.json"),
    });
  });

  it("that can't be made is told by its path", async ({ bed }) => {
    writeFileSync(join(bed.root, "file"), "");
    const other = new LocalResource({ workspace: join(bed.root, "file", "w") });
    await expect(other.logIn({ userName: "anna" })).rejects.toMatchObject({
      code: "FILE_KIND_WRONG",
      message: containing(join(bed.root, "file")),
    });
  });

  it("keeps what it holds from other users of the machine", async ({ bed }) => {
    const modes = execFileSync(
      "stat",
      ["-c", "%a", join(bed.root, "w", "state"), join(bed.root, "w", "users", "anna")],
      {
        encoding: "utf8",
      },
    );
    expect(modes).toBe("700\n700\n");
  });
});

it.each([0, 1.5, Number.NaN])("refuses %j slots", (slots) => {
  expect(() => new LocalResource({ workspace: "/nowhere", slots })).toThrow("slots");
});

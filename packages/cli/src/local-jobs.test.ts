import { once } from "node:events";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

async function submit(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await sandbox.run(["submit", "--quiet", ...args]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  return stdout.trim();
}

async function phaseOf(jobId: string): Promise<unknown> {
  const { job } = await sandbox.json(["job", jobId]);
  return job instanceof Object && "phase" in job ? job.phase : undefined;
}

async function waitForPhase(jobId: string, phase: string): Promise<void> {
  for (let attempt = 0; (await phaseOf(jobId)) !== phase; attempt += 1) {
    if (attempt > 40) throw new Error(`job ${jobId} never was ${phase}`);
    await sleep(100);
  }
}

describe("a job on this machine", () => {
  it("is submitted with a command whose arguments arrive unchanged, and its id alone is on standard output", async () => {
    const result = await sandbox.run([
      "submit",
      "--",
      "printf",
      "[%s]",
      "a  b",
      "it's",
      "$HOME",
      "*",
      "",
      "--name",
      "試料",
    ]);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/^\S+\n$/);
    const jobId = result.stdout.trim();
    expect(result.stderr).toBe(`Submitted to local. Follow it with: scarf watch ${jobId} --resource local\n`);
    expect(await sandbox.run(["wait", jobId, "-q"])).toEqual({
      exitCode: 0,
      stdout: `${jobId} succeeded\n`,
      stderr: "",
    });
    expect(await sandbox.run(["logs", jobId])).toEqual({
      exitCode: 0,
      stdout: "[a  b][it's][$HOME][*][][--name][試料]",
      stderr: "",
    });
  });

  it("that failed makes wait end with 1, and tells exit code and last lines", async () => {
    const jobId = await submit("--shell", "echo one; echo two >&2; echo three; exit 3");
    const { exitCode, stdout, stderr } = await sandbox.run(["wait", jobId]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${jobId} failed (exit code 3)\n`);
    expect(stdout).toContain("  | three\n");
    expect(stderr).toBe(
      `scarf: Job ${jobId} did not succeed: failed (exit code 3).\nSee all it wrote: scarf logs ${jobId} --resource local\n`,
    );
    const json = await sandbox.run(["wait", jobId, "--json"]);
    expect(json.exitCode).toBe(1);
    expect(readDocument(json.stdout)).toMatchObject({
      jobs: [
        {
          id: jobId,
          phase: "finished",
          outcome: "failed",
          exitCode: 3,
          ended: "finished",
          lastLines: ["one", "three", "two"],
        },
      ],
    });
    expect(readDocument(json.stderr)).toMatchObject({ code: "JOB_NOT_SUCCEEDED" });
    expect(await sandbox.run(["logs", jobId])).toEqual({
      exitCode: 0,
      stdout: "one\nthree\n",
      stderr: `It wrote to its standard error too: scarf logs --errors ${jobId} --resource local\n`,
    });
    expect((await sandbox.run(["logs", "--errors", jobId])).stdout).toBe("two\n");
  });

  it("is waited for with others: one that fails is enough for exit code 1", async () => {
    const good = await submit("--", "true");
    const bad = await submit("--", "false");
    const { exitCode, stdout, stderr } = await sandbox.run(["wait", good, bad]);
    expect(exitCode).toBe(1);
    expect(stdout).toContain(`${good} succeeded\n${bad} failed (exit code 1)\n`);
    expect(stderr).toContain(`scarf: Job ${bad} did not succeed`);
  });

  it("runs a script with arguments, environment and attachments", async () => {
    const script = await sandbox.file("job.sh", '#!/bin/sh\necho "$1 $GREETING"\ncat data.txt\n');
    const data = await sandbox.file("data.txt", "attached\n");
    const jobId = await submit(
      "--script",
      script,
      "--env",
      "GREETING=hello 'world' = $x",
      "--attach",
      data,
      "--",
      "first arg",
    );
    expect((await sandbox.run(["wait", jobId])).exitCode).toBe(0);
    expect((await sandbox.run(["logs", jobId])).stdout).toBe("first arg hello 'world' = $x\nattached\n");
  });

  it("is made once for one submit key", async () => {
    const first = await submit("--submit-key", "k1", "--", "true");
    expect(await submit("--submit-key", "k1", "--", "true")).toBe(first);
    expect(await submit("--submit-key", "k2", "--", "true")).not.toBe(first);
  });

  it("is explained without being made", async () => {
    const before = await sandbox.json(["jobs"]);
    const { exitCode, stdout } = await sandbox.run([
      "submit",
      "--dry-run",
      "--name",
      "not-made",
      "--",
      "echo",
      "hi there",
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("hi there");
    const after = await sandbox.json(["jobs"]);
    expect(after["jobs"]).toHaveLength(Array.isArray(before["jobs"]) ? before["jobs"].length : -1);
  });

  it("is held, released, suspended, resumed and cancelled", async () => {
    const held = await submit("--hold", "--", "true");
    expect(await phaseOf(held)).toBe("held");
    expect(await sandbox.run(["release", held])).toEqual({
      exitCode: 0,
      stdout: "",
      stderr: `Job ${held} may start now.\n`,
    });
    expect((await sandbox.run(["wait", held])).exitCode).toBe(0);

    const long = await submit("--", "sleep", "60");
    await waitForPhase(long, "running");
    expect(await sandbox.json(["suspend", long])).toEqual({ jobs: [{ jobId: long, result: "done" }] });
    await waitForPhase(long, "suspended");
    expect((await sandbox.run(["resume", long])).stderr).toBe(`Job ${long} goes on.\n`);
    await waitForPhase(long, "running");
    expect(await sandbox.json(["cancel", long])).toEqual({ jobs: [{ jobId: long, result: "requested" }] });
    const { exitCode, stdout } = await sandbox.run(["wait", long]);
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(new RegExp(`^${long} cancelled`));
    expect((await sandbox.run(["cancel", long])).stderr).toBe(
      `Job ${long} had already finished; nothing was changed. See: scarf job ${long}\n`,
    );
    expect((await sandbox.run(["requeue", long])).exitCode).toBe(0);
    await sandbox.run(["cancel", long]);
  });

  it("goes on after Ctrl-C, which says how to take it up again", async () => {
    const jobId = await submit("--", "sleep", "60");
    await waitForPhase(jobId, "running");
    const child = sandbox.start(["wait", jobId]);
    await sleep(1000);
    child.kill("SIGINT");
    const { exitCode, stdout, stderr } = await collect(child);
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toBe(
      "Stopping; press Ctrl-C again to quit at once.\n" +
        `scarf: Interrupted.\nJob ${jobId} goes on. Take up waiting with: scarf wait ${jobId} --resource local\n`,
    );
    expect(await phaseOf(jobId)).toBe("running");
    await sandbox.run(["cancel", jobId]);
  });

  it("is not waited for longer than --timeout, and goes on", async () => {
    const jobId = await submit("--", "sleep", "60");
    const { exitCode, stderr } = await sandbox.run(["wait", "--timeout", "1s", jobId]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`scarf: Job ${jobId} had not ended after 1.0 s`);
    expect(stderr).toContain(`It goes on. Wait again with: scarf wait ${jobId}`);
    await sandbox.run(["cancel", jobId]);
  });

  it("is watched: every change one line, in order", async () => {
    const jobId = await submit("--hold", "--", "sh", "-c", "sleep 1");
    const child = sandbox.start(["watch", "--json", jobId]);
    const result = collect(child);
    await once(child.stdout ?? child, "data");
    await sandbox.run(["release", jobId]);
    const { exitCode, stdout } = await result;
    expect(exitCode).toBe(0);
    const events = stdout.trimEnd().split("\n").map(readDocument);
    for (const event of events) expect(event).toMatchObject({ type: "status", jobId });
    const phases = events.map((event) => event["phase"]);
    expect(phases[0]).toBe("held");
    expect(phases.at(-1)).toBe("finished");
    expect(events.at(-1)).toMatchObject({ outcome: "succeeded" });
  });

  it("is followed while it writes", async () => {
    const jobId = await submit("--shell", "for i in 1 2 3; do echo line $i; sleep 0.3; done");
    const { exitCode, stdout } = await sandbox.run(["logs", "-f", jobId]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "line 1\nline 2\nline 3\n" });
  });

  it("gives its files, never over others without being told", async () => {
    const jobId = await submit("--shell", "echo result > result.txt; mkdir sub; echo deep > sub/deep.txt");
    expect((await sandbox.run(["wait", jobId])).exitCode).toBe(0);
    const out = sandbox.path("out");
    expect((await sandbox.run(["download", jobId, "-o", out])).exitCode).toBe(0);
    expect(await readFile(`${out}/result.txt`, "utf8")).toBe("result\n");
    expect(await readFile(`${out}/sub/deep.txt`, "utf8")).toBe("deep\n");

    const again = await sandbox.run(["download", jobId, "result.txt", "-o", out]);
    expect(again.exitCode).toBe(73);
    expect(again.stderr).toContain("result.txt");
    const skipped = await sandbox.json(["download", jobId, "result.txt", "-o", out, "--skip-existing"]);
    expect(skipped).toMatchObject({
      jobId,
      failures: [],
      files: [{ name: "result.txt", outcome: "skipped" }],
    });
    expect((await sandbox.run(["download", jobId, "result.txt", "-o", out, "--overwrite"])).exitCode).toBe(0);
  });

  it("is listed with the others, newest first, and filtered", async () => {
    const jobId = await submit("--name", "filter-me", "--", "true");
    await sandbox.run(["wait", jobId]);
    const list = await sandbox.json(["jobs", "--name", "filter-*", "--phase", "finished"]);
    expect(list).toMatchObject({
      resource: "local",
      userName: "ada",
      jobs: [{ id: jobId, name: "filter-me", outcome: "succeeded", exitCode: 0 }],
    });
    const { stdout, stderr } = await sandbox.run(["jobs", "--name", "no-such-job"]);
    expect({ stdout, stderr }).toEqual({ stdout: "", stderr: "No jobs of ada on local.\n" });
  });

  it("shows nothing of a hostile name's control characters", async () => {
    const jobId = await submit("--name", "x\u009Bm y", "--", "true").catch(() => undefined);
    const { stdout } = await sandbox.run(["jobs"]);
    // eslint-disable-next-line no-control-regex -- looking for control characters
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
    expect(jobId === undefined || stdout.includes(String.raw`x\x9bm y`)).toBe(true);
  });

  it("lists and fetches files of every name: exact in JSON, harmless on a terminal", async () => {
    const names = [
      "-rf",
      ".hidden",
      "a b;c",
      "red\u001B[31m\u202Etxt",
      "new\nline",
      "caf\u00E9",
      "cafe\u0301",
      "l".repeat(255),
    ];
    const script = await sandbox.file("names.sh", 'for name; do printf %s "$name" > "./$name"; done\n');
    const jobId = await submit("--", "sh", script, ...names);
    await sandbox.run(["wait", jobId]);
    const listed = JSON.stringify(await sandbox.json(["files", "list", "--job", jobId]));
    for (const name of names) expect(listed).toContain(`"name":${JSON.stringify(name)}`);
    const shown = await sandbox.run(["files", "list", "--job", jobId]);
    const place = sandbox.path("hostile");
    const fetched = await sandbox.run(["download", jobId, "--output", place]);
    for (const { stdout, stderr } of [shown, fetched]) {
      // eslint-disable-next-line no-control-regex -- looking for control characters
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
      expect(stdout + stderr).toContain(String.raw`new\nline`);
    }
    expect(fetched.exitCode).not.toBe(0);
    for (const name of names.filter((one) => !one.includes("\n") && !one.includes("\u001B")))
      expect(await readFile(join(place, name), "utf8")).toBe(name);
    expect((await readdir(place)).filter((name) => /line|red/.test(name))).toEqual([]);
  });

  it("ends quietly when the reader of its list has gone", async () => {
    const child = sandbox.start(["jobs"]);
    child.stdout?.destroy();
    await once(child, "close");
    expect(child.exitCode).toBe(141);
  });
});

describe("files on this machine", () => {
  it("of a directory are sent with their places in it; those that can't be are named", async () => {
    await mkdir(sandbox.path("scans/dark"), { recursive: true });
    for (const name of ["one.tif", "two.tif", "dark/one.tif"]) await sandbox.file(`scans/${name}`, name);
    const sent = await sandbox.run(["upload", sandbox.path("scans"), "--to", "experiment"]);
    expect(sent.exitCode).toBe(0);
    expect(sent.stderr).toContain("3 files (26 B) sent.");
    expect(sent.stdout.trim().split("\n")).toHaveLength(3);
    expect(await sandbox.json(["files", "list", "experiment/scans/dark"])).toMatchObject({
      files: [{ name: "one.tif", sizeBytes: 12 }],
    });
    const more = ["upload", sandbox.path("scans"), sandbox.path("not-there"), "--to", "experiment"];
    const again = await sandbox.run([...more, "--skip-existing"]);
    expect(again.exitCode).toBe(66);
    expect(again.stderr).toContain("0 files (0 B) sent, 3 were there already.");
    expect(again.stderr).toContain("not-there");
    expect((await sandbox.run([...more, "--name", "x"])).exitCode).toBe(64);
  });

  it("are sent, listed, compared, fetched, moved and removed", async () => {
    const local = await sandbox.file("scan.bin", Buffer.alloc(300_000, 7));
    const { exitCode, stdout, stderr } = await sandbox.run(["upload", local, "--to", "data"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("data/scan.bin");
    expect(stderr).toContain("293 KiB sent, SHA-256 compared.");
    expect(await sandbox.json(["files", "list", "data"])).toMatchObject({
      files: [{ name: "scan.bin", kind: "file", sizeBytes: 300_000 }],
    });
    const same = await sandbox.run(["upload", local, "--to", "data"]);
    expect(same).toMatchObject({ exitCode: 0 });
    expect(same.stderr).toContain("there already, the same");
    await sandbox.file("scan.bin", Buffer.alloc(300_000, 8));
    const twice = await sandbox.run(["upload", local, "--to", "data"]);
    expect(twice.exitCode).toBe(73);
    expect(twice.stderr).toContain("data/scan.bin");
    // Another file is not skipped, whatever its size: a truncated or older one would pass for this one.
    const other = await sandbox.run(["upload", local, "--to", "data", "--skip-existing"]);
    expect(other.exitCode).toBe(73);
    expect(other.stderr).toMatch(/has other content than the file here\.\n.*not the same file/);
    expect((await sandbox.run(["upload", local, "--to", "data", "--overwrite"])).exitCode).toBe(0);
    const skipped = await sandbox.run(["upload", local, "--to", "data", "--skip-existing"]);
    expect(skipped).toMatchObject({ exitCode: 0 });
    expect(skipped.stderr).toContain("there already, left as it is, SHA-256 compared.");
    const abandoned = await sandbox.run(["upload", local, "--to", "data", "--abandon"]);
    expect(abandoned.exitCode).toBe(69);
    expect(abandoned.stderr).toContain("local keeps nothing of an upload that was cut.");
    expect((await sandbox.run(["files", "checksum", "data/scan.bin"])).stdout).toMatch(
      /^[0-9a-f]{64} {2}data\/scan\.bin\n$/,
    );
    expect((await sandbox.run(["files", "move", "data/scan.bin", "data/moved.bin"])).exitCode).toBe(0);
    await mkdir(sandbox.path("fetched"));
    expect(
      (await sandbox.run(["files", "get", "data/moved.bin", "-o", sandbox.path("fetched")])).exitCode,
    ).toBe(0);
    expect((await stat(sandbox.path("fetched", "moved.bin"))).size).toBe(300_000);
    expect((await sandbox.run(["files", "remove", "data"])).exitCode).toBe(0);
    expect((await sandbox.run(["files", "show", "data/moved.bin"])).exitCode).toBe(66);
  });
});

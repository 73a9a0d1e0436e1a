import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { writePhantomScan } from "scarf-tomo-recon/phantom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, readDocument, ScarfSandbox } from "../testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
let scan: string;
/** The demo's own places go here, so that what it leaves can be seen. */
let temporary: string;

beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  scan = sandbox.path("small.nxs");
  await writePhantomScan(scan, { columns: 48, rows: 8, angles: 60, fieldFrames: 2 });
  temporary = sandbox.path("temporary");
  await mkdir(temporary);
});
afterAll(() => sandbox.remove());

const demo = (...args: string[]) => sandbox.start(["demo", ...args], { environment: { TMPDIR: temporary } });

/** Command lines of processes that have to do with the sandbox: what a demo must not leave behind. Linux only; elsewhere none are found. */
async function findProcesses(): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (line.includes(sandbox.directory)) found.push(line.replaceAll("\0", " "));
  }
  return found;
}

describe("the demo", () => {
  it("goes the whole way with a scan of the user's, keeps what it was told to keep, and nothing else", async () => {
    const out = sandbox.path("kept");
    const { exitCode, stdout, stderr } = await collect(demo("--data", scan, "--out", out));
    expect(stderr).not.toContain("✗");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^Job 1 succeeded: 8 slices, .* for the whole journey\.\nCentre of rotation found at \d+\.\d+ pixels\.\n/,
    );
    const report = readDocument(await readFile(`${out}/report.json`, "utf8"));
    const { stages } = report;
    const names = Array.isArray(stages) ? stages.map((stage: unknown) => readName(stage)) : [];
    expect(names).toEqual([
      "look at it",
      "start",
      "log in",
      "ping",
      "upload",
      "submit",
      "watch",
      "download",
      "log out",
    ]);
    expect(report).toMatchObject({
      job: { id: "1", outcome: "succeeded", exitCode: 0 },
      slices: 8,
      directory: out,
    });
    expect(report).not.toHaveProperty("rmse");
    expect((await readdir(out)).toSorted()).toEqual(["report.json", "slice.png", "slices"]);
    expect((await readFile(`${out}/slice.png`)).subarray(1, 4).toString()).toBe("PNG");
    expect((await readdir(`${out}/slices`)).filter((name) => name.endsWith(".tif"))).toHaveLength(8);
    expect(await readdir(temporary)).toEqual([]);
    expect(await findProcesses()).toEqual([]);
  });

  it("fails when its job fails, says why, and leaves nothing behind", async () => {
    const data = await sandbox.file("no-scan.nxs", "this is no scan");
    const { exitCode, stdout, stderr } = await collect(demo("--data", data));
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain("✗ watch\n  | ");
    expect(stderr).toMatch(/^scarf: While the job was running: Job 1 ended as failed/m);
    // Its gateway is gone: nobody could ask that for the job's output.
    expect(stderr).not.toContain("scarf logs");
    expect(stderr).toContain(`scarf reconstruct ${data} --resource local`);
    expect(await readdir(temporary)).toEqual([]);
    expect(await findProcesses()).toEqual([]);
  });

  it("stops on Ctrl-C with all that it had started", async () => {
    const child = demo();
    const result = collect(child);
    await once(child.stderr ?? child, "data");
    child.kill("SIGINT");
    const { exitCode, stdout, stderr } = await result;
    expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stderr).toContain(
      "scarf: Interrupted.\nNothing goes on: the demo has stopped all that it had started.\n",
    );
    expect(await readdir(temporary)).toEqual([]);
    expect(await findProcesses()).toEqual([]);
  });

  it.each([
    [["--data", "no-such-file"], 66, "no-such-file"],
    [["--data", tmpdir()], 66, tmpdir()],
    [["--out", "small.nxs"], 66, "small.nxs is a file, not a directory."],
    [["--out", "."], 73, "is not empty."],
  ])("%j is refused before anything is started", async (args, exitCode, text) => {
    const result = await sandbox.run(["demo", ...args]);
    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: "" });
    expect(result.stderr).toContain(text);
  });
});

function readName(stage: unknown): unknown {
  return stage instanceof Object && "name" in stage ? stage.name : undefined;
}

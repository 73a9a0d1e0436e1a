import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { writePhantomScan } from "scarf-tomo-recon/phantom";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect, ScarfSandbox } from "./testing/scarf-sandbox.js";

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
  await writePhantomScan(sandbox.path("scan.nxs"), { columns: 48, rows: 4, angles: 60, fieldFrames: 2 });
});
afterAll(() => sandbox.remove());

describe("reconstruct", () => {
  it("brings slices into a directory of the scan's name, and a line for each step", async () => {
    const { exitCode, stdout, stderr } = await sandbox.run([
      "reconstruct",
      "scan.nxs",
      "--centre",
      "26.9",
      "--picture",
      "middle.png",
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: "scan_recon\n" });
    const steps = [...stderr.matchAll(/^✓ (\w+)/gm)].map((match) => match[1]);
    expect(steps).toEqual(["upload", "submit", "watch", "download"]);
    expect(stderr).toContain("Centre of rotation: 26.90 pixels.");
    const names = await readdir(sandbox.path("scan_recon"));
    expect(names.filter((name) => name.endsWith(".tif"))).toHaveLength(4);
    expect(names).toContain("middle.png");
  });

  it("writes over nothing, and says so before anything is sent", async () => {
    const { exitCode, stdout, stderr } = await sandbox.run(["reconstruct", "scan.nxs"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 73, stdout: "" });
    expect(stderr).toMatch(/^scarf: scan_recon has files in it already\. Nothing was sent\./);
  });

  it("does not send the same bytes again, and can be read by a program", async () => {
    const report = await sandbox.json(["reconstruct", "scan.nxs", "-o", "again", "--rows", "1:3"]);
    expect(report).toMatchObject({
      resource: "local",
      userName: "ada",
      application: "recon",
      outcome: "succeeded",
      exitCode: 0,
      directory: "again",
    });
    expect((await readdir(sandbox.path("again"))).filter((name) => name.endsWith(".tif"))).toEqual([
      "recon_00001.tif",
      "recon_00002.tif",
    ]);
    expect(await sandbox.json(["files", "list", "scans"])).toMatchObject({ files: [{ name: "scan.nxs" }] });
  });

  it("leaves another scan of the same name alone: it travels with the job, or is refused where a place was named", async () => {
    const other = await sandbox.file("other.nxs", "not the same");
    await sandbox.json(["upload", other, "--to", "scans", "--name", "scan.nxs", "--overwrite"]);
    const refused = await sandbox.run(["reconstruct", "scan.nxs", "-o", "third", "--to", "scans"]);
    expect(refused.exitCode).toBe(73);
    expect(refused.stderr).toMatch(/^scarf: While sending the scan: .*scan\.nxs.*No job was submitted\./m);
    const travelled = await sandbox.run(["reconstruct", "scan.nxs", "-o", "third", "--centre", "26.9"]);
    expect(travelled.exitCode).toBe(0);
    expect(await sandbox.json(["files", "show", "scans/scan.nxs"])).toMatchObject({
      file: { sizeBytes: 12 },
    });
    const args = [
      "reconstruct",
      "scan.nxs",
      "-o",
      "fourth",
      "--to",
      "scans",
      "--replace-scan",
      "--centre",
      "26.9",
    ];
    expect((await sandbox.run(args)).exitCode).toBe(0);
    expect(await sandbox.json(["files", "show", "scans/scan.nxs"])).not.toMatchObject({
      file: { sizeBytes: 12 },
    });
  });

  it("fails when the job does, with what the program said", async () => {
    const data = await sandbox.file("no-scan.nxs", "this is no scan");
    const { exitCode, stdout, stderr } = await sandbox.run(["reconstruct", data, "-o", "nothing"]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
    expect(stderr).toContain("✗ watch\n  | ");
    expect(stderr).toMatch(/^scarf: While the job was running: Job \d+ ended as failed/m);
    expect(await readdir(sandbox.path("nothing"))).toEqual([]);
  });

  it("is taken up again after Ctrl-C", async () => {
    // The job waits for its one core, so that there is time to stop.
    const { stdout: blocker } = await sandbox.run(["submit", "-q", "--cores", "2", "--", "sleep", "30"]);
    const child = sandbox.start(["reconstruct", "scan.nxs", "-o", "taken up", "--centre", "26.9"]);
    const result = collect(child);
    let jobId = "";
    while (jobId === "") {
      const { jobs } = await sandbox.json(["jobs", "--name", "recon_scan", "--phase", "queued"]);
      jobId = Array.isArray(jobs) && jobs.length > 0 ? readId(jobs[0]) : "";
      await sleep(100);
    }
    // It knows of the job only a moment after the job is there.
    await sleep(1500);
    child.kill("SIGINT");
    const stopped = await result;
    expect({ exitCode: stopped.exitCode, stdout: stopped.stdout }).toEqual({ exitCode: 130, stdout: "" });
    expect(stopped.stderr).toContain(
      `scarf: Interrupted.\nJob ${jobId} goes on. Take it up with: scarf reconstruct scan.nxs --job ${jobId} -o 'taken up' --skip-existing --resource local\n`,
    );
    await sandbox.run(["cancel", blocker.trim()]);
    const taken = await sandbox.run([
      "reconstruct",
      "scan.nxs",
      "--job",
      jobId,
      "-o",
      "taken up",
      "--skip-existing",
    ]);
    expect({ exitCode: taken.exitCode, stdout: taken.stdout }).toEqual({ exitCode: 0, stdout: "taken up\n" });
    expect((await readFile(sandbox.path("taken up", "recon_00000.tif"))).length).toBeGreaterThan(0);
  });

  it.each([
    [["reconstruct", "no-such-scan.nxs"], 66, "no-such-scan.nxs"],
    [["reconstruct", "."], 66, "."],
    [["reconstruct", "scan.nxs", "-o", "x1", "--centre", "left"], 65, "CENTRE"],
    [["reconstruct", "scan.nxs", "-o", "x2", "--window", "round"], 65, "WINDOW"],
    [["reconstruct", "scan.nxs", "-o", "scan.nxs"], 66, "scan.nxs is not a directory"],
    [["reconstruct", "scan.nxs", "-o", "x3", "--job", "9999"], 66, "9999"],
    [
      ["reconstruct", "scan.nxs", "-o", "x4", "--application", "TOMOPY_0_1_9", "--centre", "3"],
      64,
      "--centre is an option of the application recon.",
    ],
    [
      ["reconstruct", "scan.nxs", "-o", "x5", "--application", "no-such-application"],
      65,
      "no-such-application",
    ],
  ])("%j is refused", async (args, exitCode, text) => {
    const result = await sandbox.run(args);
    expect({ exitCode: result.exitCode, stdout: result.stdout }).toEqual({ exitCode, stdout: "" });
    expect(result.stderr).toContain(text);
  });
});

function readId(job: unknown): string {
  return job instanceof Object && "id" in job && typeof job.id === "string" ? job.id : "";
}

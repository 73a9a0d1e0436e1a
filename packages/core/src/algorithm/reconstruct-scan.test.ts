import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ScarfError } from "../errors/index.js";
import { LocalResource } from "../resources/local/index.js";
import type { Session } from "../resources/compute-resource.js";
import { parseCentreLine, parseProgressLine } from "./parse-job-line.js";
import type { ReconstructionEvent } from "./reconstruction-report.js";
import { reconstructScan } from "./reconstruct-scan.js";

/** Stands in for the program: says what it does, as the real one, and writes three "slices". */
const program = `#!/bin/sh
[ -f "$1" ] || { echo "no scan at $1" >&2; exit 66; }
case "$(cat "$1")" in
  slow) echo started; sleep 60 ;;
  bad) echo "reading"; echo "The flat fields are missing." >&2; exit 65 ;;
esac
echo "progress: stage=reconstruct done=1 total=3 rate=2.5/s left=1s"
echo "Centre of rotation: 31.25 (found). Sure."
echo '{"program":"scarf-recon","centre":{"pixels":31.2468,"how":"found"}}' > recon.json
for i in 0 1 2; do cat "$1" > recon_0000$i.tif; done
echo "progress: stage=reconstruct done=3 total=3"
`;

let directory: string;
let resource: LocalResource;
let session: Session;
let run = 0;
let scan: string;
let results: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "reconstruct-"));
  const bin = join(directory, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "scarf-recon"), program);
  await chmod(join(bin, "scarf-recon"), 0o755);
  resource = new LocalResource({
    id: "here",
    workspace: join(directory, "workspace"),
    extraPath: [bin],
    idleSeconds: 1,
  });
  session = await resource.logIn({ userName: "ada" });
});
afterAll(async () => {
  await resource.close();
  // The engine may still be writing its last file.
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});
beforeEach(() => {
  run += 1;
  scan = join(directory, `scan ${run}.nxs`);
  results = join(directory, `results-${run}`);
});

async function failureOf(work: Promise<unknown>): Promise<ScarfError> {
  return work.then(
    () => Promise.reject(new Error("expected a failure")),
    (error: ScarfError) => error,
  );
}

describe("reconstructScan", () => {
  it("brings a scan to the resource and its slices back, and tells every stage", async () => {
    await writeFile(scan, "a scan");
    const events: ReconstructionEvent[] = [];
    const report = await reconstructScan(session, scan, { directory: results }, (event) =>
      events.push(event),
    );
    expect(report).toMatchObject({
      resourceId: "here",
      userName: "ada",
      application: "recon",
      status: { outcome: "succeeded", exitCode: 0 },
      centre: { pixels: 31.2468, how: "found" },
    });
    expect(report.stages.map(({ stage }) => stage)).toEqual(["upload", "submit", "queue", "run", "download"]);
    expect(report.remoteScan).toMatch(/^\/.*\/scans\/scan \d+\.nxs$/);
    expect(await readFile(join(results, "recon_00002.tif"), "utf8")).toBe("a scan");
    expect(report.files.map(({ name }) => name).sort()).toEqual((await readdir(results)).sort());
    expect(events).toContainEqual({
      kind: "progress",
      step: "reconstruct",
      done: 1,
      total: 3,
      ratePerSecond: 2.5,
      secondsLeft: 1,
    });
    const ends = events.filter((event) => event.kind === "status" && event.status.phase === "finished");
    expect(ends).toHaveLength(1);
    expect(events.filter(({ kind }) => kind === "submitted")).toEqual([
      { kind: "submitted", jobId: report.jobId },
    ]);
    expect((await session.job(report.jobId)).name).toMatch(/^recon_scan_\d+$/);
  });

  it("does not send a scan again that lies there already, and does not replace another of its name", async () => {
    await writeFile(scan, "same");
    const first = await reconstructScan(session, scan, { directory: results });
    const again = await reconstructScan(session, scan, { directory: `${results}-again` });
    expect(again.remoteScan).toBe(first.remoteScan);
    // As long as the first one: the digest must tell them apart.
    await writeFile(scan, "diff");
    const travelled = await reconstructScan(session, scan, { directory: `${results}-diff` });
    expect(travelled.remoteScan).toBeUndefined();
    expect(await readFile(join(travelled.directory, "recon_00000.tif"), "utf8")).toBe("diff");
    expect(travelled.files.map(({ name }) => name)).not.toContain(basename(scan));
    expect(await readFile(first.remoteScan ?? "", "utf8")).toBe("same");
  });

  it("replaces a scan in a directory that was chosen only when asked", async () => {
    const options = { remoteDirectory: "chosen", download: false, directory: results };
    await writeFile(scan, "same");
    await reconstructScan(session, scan, options);
    await writeFile(scan, "diff");
    const error = await failureOf(reconstructScan(session, scan, options));
    expect(error.code).toBe("FILE_EXISTS");
    expect(error.message).toMatch(/^While sending the scan: .*exists already.* No job was submitted\.$/);
    expect(error.context).toMatchObject({ stage: "upload" });
    const replaced = await reconstructScan(session, scan, { ...options, replaceScan: true });
    expect(await readFile(replaced.remoteScan ?? "", "utf8")).toBe("diff");
    expect(replaced.files).toEqual([]);
  });

  it("takes a scan that is there, and leaves the results there", async () => {
    await writeFile(scan, "there");
    const report = await reconstructScan(session, scan, {
      directory: results,
      scanIsThere: true,
      download: false,
    });
    expect(report.stages.map(({ stage }) => stage)).toEqual(["submit", "queue", "run"]);
    const names = (await session.jobFiles(report.jobId).list()).map(({ name }) => name);
    expect(names).toContain("recon_00000.tif");
    await expect(readdir(results)).rejects.toThrow("ENOENT");
  });

  it("asks which field names the scan where the application has none for it", async () => {
    await writeFile(scan, "x");
    const error = await failureOf(
      reconstructScan(session, scan, { directory: results, application: "TOMOPY_0_1_9" }),
    );
    expect(error).toMatchObject({
      code: "SPEC_INVALID",
      hint: expect.stringContaining("scanField") as unknown,
    });
  });

  it("fails when the job fails, with its outcome and what it said last", async () => {
    await writeFile(scan, "bad");
    const error = await failureOf(reconstructScan(session, scan, { directory: results }));
    expect(error.code).toBe("JOB_NOT_SUCCEEDED");
    const { jobId } = error.context;
    expect(error.message).toBe(
      `While the job was running: Job ${String(jobId)} ended as failed: It ended with exit code 65. It last said: The flat fields are missing. The job's files are still at here.`,
    );
    expect(error.hint).toContain(`scarf logs ${String(jobId)}`);
    expect(error.context).toMatchObject({
      stage: "run",
      outcome: "failed",
      lastLines: ["reading", "The flat fields are missing."],
    });
    expect(await readdir(results)).toEqual([]);
  });

  it("says what goes on and how to take it up when it is stopped, and takes it up", async () => {
    await writeFile(scan, "slow");
    const stop = new AbortController();
    const error = await failureOf(
      reconstructScan(session, scan, { directory: results, signal: stop.signal }, (event) => {
        if (event.kind === "output" && event.line === "started") stop.abort();
      }),
    );
    const jobId = String(error.context["jobId"]);
    expect(error.code).toBe("ABORTED");
    expect(error.message).toContain(`Job ${jobId} is not affected by that and goes on at here.`);
    expect(error.hint).toContain(
      `scarf wait ${jobId} --resource here && scarf download ${jobId} -o ${results} `,
    );
    expect((await session.job(jobId)).status.phase).toBe("running");
    await session.cancel(jobId);
    const takenUp = await failureOf(reconstructScan(session, scan, { directory: results, jobId }));
    expect(takenUp.message).toContain(`Job ${jobId} ended as cancelled`);
  });

  it("takes up a job that has succeeded: only fetches", async () => {
    await writeFile(scan, "done before");
    const { jobId } = await reconstructScan(session, scan, { directory: results });
    const report = await reconstructScan(session, scan, { directory: `${results}-2`, jobId });
    expect(report.jobId).toBe(jobId);
    expect(report.stages.map(({ stage }) => stage)).not.toContain("submit");
    expect(await readFile(join(`${results}-2`, "recon_00000.tif"), "utf8")).toBe("done before");
  });

  it.each([
    ["a scan that isn't there", "no-such.nxs", "FILE_NOT_FOUND", /While sending the scan: .*no-such\.nxs/],
    ["a directory in place of a scan", ".", "FILE_KIND_WRONG", /is a directory, not a file/],
  ])("refuses %s", async (_, name, code, message) => {
    const error = await failureOf(reconstructScan(session, join(directory, name), { directory: results }));
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) as unknown });
  });

  it("refuses a directory for results that has files, or is a file, before anything is sent", async () => {
    await writeFile(scan, "x");
    const inTheWay = await failureOf(reconstructScan(session, scan, { directory }));
    expect(inTheWay).toMatchObject({
      code: "FILE_EXISTS",
      message: `${directory} has files in it already. Nothing was sent.`,
    });
    const noDirectory = await failureOf(reconstructScan(session, scan, { directory: scan }));
    expect(noDirectory).toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${scan} is not a directory. Nothing was sent.`,
    });
  });

  it("refuses to take up a job that does not exist, at once", async () => {
    const error = await failureOf(reconstructScan(session, scan, { directory: results, jobId: "424242" }));
    expect(error.code).toBe("JOB_NOT_FOUND");
  });

  it("names the field of a wrong parameter", async () => {
    await writeFile(scan, "x");
    const error = await failureOf(
      reconstructScan(session, scan, { directory: results, parameters: { CENTRE: "middle" } }),
    );
    expect(error).toMatchObject({
      code: "SPEC_INVALID",
      context: { field: "task.parameters.CENTRE", stage: "submit" },
    });
    expect(error.message).toMatch(
      /^While submitting the job: CENTRE of application recon must be .* No job was submitted\.$/,
    );
  });
});

describe("a job's lines", () => {
  it.each([
    "progress:",
    "progress: stage=x",
    "progress: done=1 total=2",
    "progress: stage=x done=a total=2",
    "x progress: y",
  ])("%j is no progress", (line) => {
    expect(parseProgressLine(line)).toBeUndefined();
  });

  it.each([
    ["Centre of rotation: 511.50 (given).", { pixels: 511.5, how: "given" }],
    ["Centre of rotation: -3 (phase). Not sure.", { pixels: -3, how: "phase" }],
    ["Centre of rotation: auto", undefined],
    ["the Centre of rotation: 5", undefined],
  ])("%j tells the centre %j", (line, centre) => {
    expect(parseCentreLine(line)).toEqual(centre);
  });
});

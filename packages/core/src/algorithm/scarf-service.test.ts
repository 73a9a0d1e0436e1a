import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PacResource } from "../resources/pac/index.js";
import { type Fault, PacSimulator } from "../resources/pac/testing/pac-simulator.js";
import { failureOf, resourceFor } from "../resources/pac/testing/test-resource.js";
import { SessionManager } from "../sessions/session-manager.js";
import { configureAlgorithm } from "./algorithm-environment.js";
import { reconstructScan } from "./reconstruct-scan.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";

const webPage: Fault["reply"] = {
  body: "<html><head><title>Maintenance</title></head><body>Back at noon</body></html>",
  headers: { "Content-Type": "text/html" },
};
const UserName = "scarf362";

let simulator: PacSimulator;
let sessions: SessionManager;
let directory: string;
let FileToUpload: string;
let LocalDirectory: string;

beforeEach(async () => {
  simulator = await PacSimulator.start();
  const login = { kind: "token-page", url: `${simulator.origin}/cgi-bin/token.py` } as const;
  sessions = new SessionManager({ resources: [resourceFor(simulator, { login })] });
  configureAlgorithm({ sessions, retry: { attempts: 2, firstDelaySeconds: 0.01 } });
  directory = await mkdtemp(join(tmpdir(), "scarf-service-"));
  FileToUpload = join(directory, "scan.nxs");
  await writeFile(FileToUpload, "a scan");
  LocalDirectory = await mkdtemp(join(directory, "local-"));
});
afterEach(async () => {
  configureAlgorithm({});
  await sessions.close();
  await simulator[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const logIn = (): Promise<unknown> =>
  SCARFTomoReconstruction({ Action: "LogIn", UserName, Password: simulator.password });

describe("SCARFTomoReconstruction over SCARF's web service", () => {
  it("does what Mantid did, and more", async () => {
    await SCARFTomoReconstruction({ Action: "Ping" });
    await logIn();
    await SCARFTomoReconstruction({ Action: "Upload", FileToUpload });
    expect(simulator.uploads).toMatchObject([{ directory: "/work/imat", name: "scan.nxs" }]);

    const { RemoteJobID } = await SCARFTomoReconstruction({
      Action: "SubmitJob",
      RunnablePath: "/work/imat/recon.py",
      JobOptions: "--tool astra <in> & 'out'",
      JobName: "mine",
    });
    expect(RemoteJobID).toBe("417666");
    const [submit] = simulator.submits;
    expect(submit?.application).toBe("PYASTRATOOLBOX_1_6");
    expect(Object.fromEntries(submit?.parameters ?? [])).toMatchObject({
      INPUT_ARGS: "--tool astra <in> & 'out'",
      OUTPUT_FILE: "%J.output",
      ERROR_FILE: "%J.error",
      JOB_NAME: "mine",
      INPUT_FILE: "/work/imat/recon.py",
    });

    const job = simulator.jobs[0];
    if (job !== undefined)
      Object.assign(job, { status: "Exit", exitCode: "1", cmd: "python /work/imat/recon.py" });
    expect(await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: 417_666 })).toEqual({
      RemoteJobName: "mine",
      RemoteJobStatus: "Exit",
      RemoteJobCommand: "python /work/imat/recon.py",
    });

    simulator.files.set("417666", [
      { name: "417666.output", content: Buffer.from("said") },
      { name: "empty.txt", content: Buffer.alloc(0) },
      { name: "sub/", content: Buffer.alloc(0) },
    ]);
    await SCARFTomoReconstruction({
      Action: "Download",
      DownloadJobID: RemoteJobID,
      RemoteJobFilename: "417666.output",
      LocalDirectory,
    });
    expect(await readFile(join(LocalDirectory, "417666.output"), "utf8")).toBe("said");
    await SCARFTomoReconstruction({
      Action: "Download",
      DownloadJobID: RemoteJobID,
      LocalDirectory,
      Overwrite: true,
    });
    expect((await readdir(LocalDirectory)).sort()).toEqual(["417666.output", "empty.txt"]);

    await SCARFTomoReconstruction({ Action: "LogOut" });
    expect((await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }))).code).toBe("NOT_LOGGED_IN");
  });

  it("says that the password is wrong, without showing it anywhere", async () => {
    const error = await failureOf(
      SCARFTomoReconstruction({ Action: "LogIn", UserName, Password: "my wrong password" }),
    );
    expect(error).toMatchObject({ name: "AuthError", code: "AUTH_FAILED" });
    expect(error.message).toContain("SCARF@STFC");
    expect(`${error.message} ${error.hint} ${JSON.stringify(error.context)}`).not.toContain(
      "my wrong password",
    );
    expect(simulator.requests.map(({ url }) => url).join(" ")).not.toContain("wrong");
  });

  const calls: Readonly<Record<string, () => Promise<unknown>>> = {
    Upload: () => SCARFTomoReconstruction({ Action: "Upload", FileToUpload }),
    JobStatus: () => SCARFTomoReconstruction({ Action: "JobStatus" }),
    JobStatusByID: () => SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: 1 }),
    Download: () => SCARFTomoReconstruction({ Action: "Download", DownloadJobID: 1, LocalDirectory }),
    CancelJob: () => SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: 1 }),
    SubmitJob: () => SCARFTomoReconstruction({ Action: "SubmitJob" }),
  };

  it("a web page as the answer to a submit leaves it open whether there is a job, and says so", async () => {
    await logIn();
    simulator.faults.push({ path: /submitapp/, reply: webPage });
    const error = await failureOf(SCARFTomoReconstruction({ Action: "SubmitJob" }));
    expect(error.code).toBe("SUBMIT_AMBIGUOUS");
    expect(error.message).toMatch(
      /^It is not known whether job Mantid_tomography_\d+ was submitted to SCARF@STFC/,
    );
    expect(simulator.sent("submitapp")).toHaveLength(1);
  });

  it.each(Object.keys(calls).filter((action) => action !== "SubmitJob"))(
    "Mantid took a web page for an answer: %s fails and quotes it",
    async (action) => {
      await logIn();
      simulator.faults.push({ path: /pacclient/, reply: webPage, times: Infinity });
      const error = await failureOf(calls[action]?.() ?? Promise.resolve());
      expect(["OUTPUT_UNREADABLE", "TRANSFER_REFUSED", "SCHEDULER_UNAVAILABLE"]).toContain(error.code);
      expect(error.message).toMatch(/Maintenance|Back at noon|web page|HTML/i);
    },
  );

  it.each(Object.keys(calls))("says that the session has expired: %s", async (action) => {
    await logIn();
    simulator.expired = true;
    const error = await failureOf(calls[action]?.() ?? Promise.resolve());
    expect([error.name, error.code]).toEqual(["AuthError", "SESSION_EXPIRED"]);
    expect(error.hint).toMatch(/log in/i);
    simulator.expired = false;
    const after = await failureOf(calls[action]?.() ?? Promise.resolve());
    expect(after).toMatchObject({ name: "ValueError", code: "NOT_LOGGED_IN" });
    expect(after.message).toBe(
      `The session of scarf362 on SCARF@STFC has expired, so ${action} was not done. Log in first, with the action LogIn.`,
    );
  });

  it.each(["Upload", "JobStatus", "SubmitJob", "CancelJob"])(
    "says that nobody answers: %s",
    async (action) => {
      await logIn();
      simulator.faults.push({ path: /./, refuse: true, times: Infinity });
      const error = await failureOf(calls[action]?.() ?? Promise.resolve());
      expect(["CONNECTION_FAILED", "CONNECTION_LOST", "SUBMIT_AMBIGUOUS"]).toContain(error.code);
      expect(error.message).toMatch(/127\.0\.0\.1|SCARF@STFC/);
    },
  );

  it("says that nobody is there at all", async () => {
    const nowhere = new PacResource({
      id: "SCARF@STFC",
      baseUrl: "http://127.0.0.1:1/platform/",
      retry: { attempts: 1 },
    });
    configureAlgorithm({ sessions: new SessionManager({ resources: [nowhere] }) });
    for (const inputs of [{ Action: "Ping" }, { Action: "LogIn", UserName, Password: "x" }]) {
      const error = await failureOf(SCARFTomoReconstruction.execute(inputs));
      expect(error).toMatchObject({ name: "TransportError", code: "CONNECTION_FAILED" });
    }
  });

  it("Mantid counted a refused submit as success: it fails with the service's words", async () => {
    await logIn();
    const body = "<Job><errMsg>Application &lt;TOMOPY_0_1_9&gt; is not published</errMsg><id>0</id></Job>";
    simulator.faults.push({ path: /submitapp/, reply: { body } });
    const error = await failureOf(SCARFTomoReconstruction({ Action: "SubmitJob" }));
    expect(error.name).toBe("SpecError");
    expect(error.message).toContain("Application <TOMOPY_0_1_9> is not published");
  });

  it("Mantid counted a refused upload as success: it fails with the service's words", async () => {
    await logIn();
    simulator.faults.push({ path: /upfile/, reply: { body: "permission denied" }, times: Infinity });
    const error = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(error.message).toMatch(/permission denied/i);
  });

  it.each([
    ["JobStatusByID", () => SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: 999 })],
    ["CancelJob", () => SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: 999 })],
    ["Download", () => SCARFTomoReconstruction({ Action: "Download", DownloadJobID: 999, LocalDirectory })],
  ])("says that there is no such job: %s", async (_, call) => {
    await logIn();
    expect(await failureOf(call())).toMatchObject({
      code: "JOB_NOT_FOUND",
      message: expect.stringContaining("999") as unknown,
    });
  });

  it("an upload cannot be kept from replacing there, unless it is refused", async () => {
    await logIn();
    const error = await failureOf(
      SCARFTomoReconstruction({ Action: "Upload", FileToUpload, Overwrite: false }),
    );
    expect(error.code).toBe("TRANSFER_REFUSED");
    expect(simulator.uploads).toEqual([]);
  });
});

it("reconstructScan sends the scan with the submit where it can't see the directories there", async () => {
  await logIn();
  const results = join(directory, "results");
  const session = await sessions.session("SCARF@STFC", UserName);
  const report = await reconstructScan(
    session,
    FileToUpload,
    { directory: results, parameters: { CENTRE: "12.5" } },
    (event) => {
      if (event.kind !== "submitted") return;
      const job = simulator.jobs[0];
      if (job !== undefined)
        Object.assign(job, { status: "Done", exitCode: "0", startTime: "2026-02-12T12:17:31Z" });
      simulator.files.set(event.jobId, [
        { name: "scan.nxs", content: Buffer.from("a scan") },
        { name: `${event.jobId}.output`, content: Buffer.from("Centre of rotation: 12.50 (given).\n") },
        { name: "recon_00000.tif", content: Buffer.from("slice") },
      ]);
    },
  );
  expect(simulator.submits[0]?.files.get("scan.nxs")?.toString()).toBe("a scan");
  expect(Object.fromEntries(simulator.submits[0]?.parameters ?? [])).toMatchObject({
    INPUT: "scan.nxs,upload",
    CENTRE: "12.5",
  });
  expect(report.centre).toEqual({ pixels: 12.5, how: "given" });
  expect((await readdir(results)).sort()).toEqual(["417666.output", "recon_00000.tif"]);
});

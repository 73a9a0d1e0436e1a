import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PacSimulator } from "../../resources/pac/testing/pac-simulator.js";
import { failureOf, resourceFor } from "../../resources/pac/testing/test-resource.js";
import { SessionManager } from "../../sessions/session-manager.js";
import { configureAlgorithm } from "../algorithm-environment.js";
import {
  Authenticate,
  DownloadRemoteFile,
  Logout,
  QueryAllRemoteJobs,
  QueryRemoteFile,
  QueryRemoteJob,
  StartRemoteTransaction,
  StopRemoteTransaction,
  SubmitRemoteJob,
  UploadRemoteFile,
} from "./index.js";

const ComputeResource = "SCARF@STFC";
const UserName = "scarf362";

let simulator: PacSimulator;
let sessions: SessionManager;
let directory: string;
let of: { readonly ComputeResource: string; readonly TransactionID: string };

beforeEach(async () => {
  simulator = await PacSimulator.start();
  const login = { kind: "token-page", url: `${simulator.origin}/cgi-bin/token.py` } as const;
  sessions = new SessionManager({ resources: [resourceFor(simulator, { login })] });
  configureAlgorithm({ sessions, retry: { attempts: 2, firstDelaySeconds: 0.01 } });
  directory = await mkdtemp(join(tmpdir(), "remote-service-"));
  await Authenticate({ ComputeResource, UserName, Password: simulator.password });
  of = { ComputeResource, ...(await StartRemoteTransaction({ ComputeResource })) };
});
afterEach(async () => {
  configureAlgorithm({});
  await sessions.close();
  await simulator[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function upload(RemoteFileName: string, content: string): Promise<string> {
  const LocalFileName = join(directory, `local ${RemoteFileName}`);
  await writeFile(LocalFileName, content);
  await UploadRemoteFile({ ...of, RemoteFileName, LocalFileName });
  return LocalFileName;
}

async function submit(ScriptName = "recon.py"): Promise<string> {
  return (await SubmitRemoteJob({ ...of, ScriptName, ScriptParams: "--cor 5", NumNodes: 2, CoresPerNode: 3 }))
    .JobID;
}

describe("the remote algorithms over SCARF's web service", () => {
  it("send uploads with each job that follows, and find results in the last job's directory", async () => {
    await upload("recon.py", "print(1)");
    await upload("angles.txt", "0 1 2");
    expect(simulator.uploads).toEqual([]);
    expect(await QueryRemoteFile(of)).toEqual({ FileNames: [] });

    const first = await submit();
    expect(simulator.submits[0]?.application).toBe("generic");
    expect(simulator.submits[0]?.parameters.get("COMMANDTORUN")).toBe("python ./recon.py --cor 5");
    expect(simulator.submits[0]?.parameters.get("JOB_NAME")).toMatch(/^Mantid_job_\d+$/);
    expect(simulator.submits[0]?.parameters.get("EXTRA_PARAMS")).toMatch(/-n 6 -R ['"]?span\[ptile=3\]/);
    const sent = simulator.submits[0]?.files;
    expect([...(sent ?? [])].map(([name, content]) => [name, content.toString()])).toEqual([
      ["recon.py", "print(1)"],
      ["angles.txt", "0 1 2"],
    ]);
    const second = await submit("/work/recon.py");
    expect(simulator.submits[1]?.parameters.get("COMMANDTORUN")).toBe("python /work/recon.py --cor 5");
    expect([...(simulator.submits[1]?.files.keys() ?? [])]).toEqual(["recon.py", "angles.txt"]);

    simulator.files.set(first, [{ name: "slice.tif", content: Buffer.from("first") }]);
    expect(await QueryRemoteFile(of)).toEqual({ FileNames: ["slice.tif"] });
    simulator.files.set(second, [
      { name: "slice.tif", content: Buffer.from("second") },
      { name: "sub/", content: Buffer.alloc(0) },
    ]);
    expect(await QueryRemoteFile(of)).toEqual({ FileNames: ["slice.tif"] });
    const LocalFileName = join(directory, "got.tif");
    await DownloadRemoteFile({ ...of, RemoteFileName: "slice.tif*", LocalFileName });
    expect(await readFile(LocalFileName, "utf8")).toBe("second");
  });

  it("a download that is cut leaves nothing behind", async () => {
    const id = await submit("/work/recon.py");
    simulator.files.set(id, [{ name: "slice.tif", content: Buffer.alloc(5000, 7) }]);
    simulator.faults.push({ path: /\/file\//, cutAtByte: 1000, times: Infinity });
    const LocalFileName = join(directory, "got.tif");
    const error = await failureOf(DownloadRemoteFile({ ...of, RemoteFileName: "slice.tif", LocalFileName }));
    expect(["TRANSFER_INCOMPLETE", "CONNECTION_LOST"]).toContain(error.code);
    await expect(readFile(LocalFileName)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("an upload that changed before the submit submits nothing", async () => {
    const path = await upload("recon.py", "print(1)");
    await writeFile(path, "print(22)");
    expect(await failureOf(submit())).toMatchObject({ code: "TRANSFER_INCOMPLETE" });
    expect(simulator.submits).toEqual([]);
    const twice = UploadRemoteFile({ ...of, RemoteFileName: "recon.py", LocalFileName: path });
    expect(await failureOf(twice)).toMatchObject({ code: "FILE_EXISTS" });
    await UploadRemoteFile({ ...of, RemoteFileName: "recon.py", LocalFileName: path, Overwrite: true });
    await submit();
    expect(simulator.submits[0]?.files.get("recon.py")?.toString()).toBe("print(22)");
  });

  it("a name that the service can't take is refused at the upload", async () => {
    const LocalFileName = await upload("fine", "x");
    for (const RemoteFileName of ['a"b', "a*b", "a;b", "a,b", "x".repeat(256)]) {
      const error = await failureOf(UploadRemoteFile({ ...of, RemoteFileName, LocalFileName }));
      expect(error).toMatchObject({ name: "ValueError", code: "PROPERTY_INVALID" });
    }
  });

  it("Mantid returned an empty id for a rejected submit: it fails, and the transaction has no job", async () => {
    const body = "<Job><errMsg>Queue &lt;x&gt; is closed</errMsg><id>0</id></Job>";
    simulator.faults.push({ path: /submitapp/, reply: { body }, times: 1 });
    const error = await failureOf(submit("/work/recon.py"));
    expect(error).toMatchObject({ name: "SpecError" });
    expect(error.message).toContain("Queue <x> is closed");
    await StopRemoteTransaction(of);
    expect(simulator.sent("jobOperation")).toEqual([]);
  });

  it("Mantid showed no dates: they are ISO 8601 where the service tells them, else empty; lists stay parallel", async () => {
    const id = await submit("/work/recon.py");
    simulator.jobs.push({ id: "1", name: "someone's", status: "Wondering" });
    const ours = simulator.jobs.find((job) => job.id === id);
    Object.assign(ours ?? {}, { status: "Done", startTime: "2026-02-12T12:17:31Z", cmd: "python x" });
    const job = await QueryRemoteJob({ ComputeResource, JobID: id });
    expect(job).toMatchObject({
      JobStatusString: "Done",
      ScriptName: "/work/recon.py",
      CommandLine: "python x",
    });
    expect(job).toMatchObject({ StartDate: "2026-02-12T12:17:31.000Z", SubmitDate: "", CompletionDate: "" });
    const all = await QueryAllRemoteJobs({ ComputeResource });
    expect(new Set(Object.values(all).map((list) => list.length))).toEqual(new Set([2]));
    const index = all.JobID.indexOf("1");
    expect([all.TransID[index], all.JobStatusString[index], all.SubmitDate[index]]).toEqual([
      "",
      "Unknown",
      "",
    ]);
  });

  it("stops only what has not ended; what can't be cancelled keeps the transaction", async () => {
    const [ended, active] = [await submit("/work/a"), await submit("/work/b")];
    Object.assign(simulator.jobs.find(({ id }) => id === ended) ?? {}, { status: "Done" });
    const body = "<Job><errMsg>Job is in a bad mood</errMsg><id>0</id></Job>";
    simulator.faults.push({ path: /jobOperation/, reply: { body }, times: 1 });
    const error = await failureOf(StopRemoteTransaction(of));
    expect(error).toMatchObject({ code: "OPERATION_REFUSED" });
    expect(error.message).toContain(active);
    expect(error.message).toContain(`${of.TransactionID} was not stopped.`);
    await StopRemoteTransaction(of);
    expect(simulator.sent("jobOperation").map(({ url }) => url.split("/").at(-1))).toEqual([active, active]);
    expect((await failureOf(StopRemoteTransaction(of))).code).toBe("PROPERTY_INVALID");
  });

  it("a job whose transaction is stopped while it is submitted is cancelled, and the call says so", async () => {
    simulator.faults.push({ path: /submitapp/, delaySeconds: 0.3, times: 1 });
    const submitting = failureOf(submit("/work/recon.py"));
    await expect.poll(() => simulator.sent("submitapp").length).toBe(1);
    await StopRemoteTransaction(of);
    const error = await submitting;
    expect(error).toMatchObject({ code: "PROPERTY_INVALID" });
    expect(error.message).toMatch(
      /was stopped while job 417666 was being submitted; the job is being cancelled/,
    );
    expect(simulator.jobs[0]?.status).toBe("Exit");
  });

  it("a lost answer never makes two jobs", async () => {
    simulator.faults.push({ path: /submitapp/, loseAnswer: true, times: 1 });
    const id = await submit("/work/recon.py");
    expect(simulator.jobs.map((job) => job.id)).toEqual([id]);
    expect((await QueryRemoteJob({ ComputeResource, JobID: id })).TransID).toBe(of.TransactionID);
  });

  it("the transaction outlives an expired session", async () => {
    const id = await submit("/work/recon.py");
    simulator.expired = true;
    expect((await failureOf(QueryRemoteFile(of))).code).toBe("SESSION_EXPIRED");
    simulator.expired = false;
    expect(await failureOf(QueryRemoteFile(of))).toMatchObject({
      code: "NOT_LOGGED_IN",
      message:
        "The session of scarf362 on SCARF@STFC has expired, so QueryRemoteFile was not done. Log in first, with Authenticate.",
    });
    await Authenticate({ ComputeResource, UserName, Password: simulator.password });
    expect((await QueryRemoteJob({ ComputeResource, JobID: id })).TransID).toBe(of.TransactionID);
  });

  it("logs in only with the right password, which is in no message, and ends the session", async () => {
    const missing = await failureOf(Authenticate({ ComputeResource, UserName }));
    expect(missing).toMatchObject({
      code: "PROPERTY_MISSING",
      message: "Password must be given for Authenticate.",
    });
    const wrong = await failureOf(Authenticate({ ComputeResource, UserName, Password: "my wrong password" }));
    expect(wrong.code).toBe("AUTH_FAILED");
    expect(`${wrong.message} ${wrong.hint} ${JSON.stringify(wrong.context)}`).not.toContain("my wrong");
    await Logout({ ComputeResource, UserName });
    const after = await failureOf(QueryAllRemoteJobs({ ComputeResource }));
    expect(after).toMatchObject({ code: "NOT_LOGGED_IN" });
    expect(after.hint).toContain(
      'Authenticate({ ComputeResource: "SCARF@STFC", UserName: "scarf362", Password: … })',
    );
  });
});

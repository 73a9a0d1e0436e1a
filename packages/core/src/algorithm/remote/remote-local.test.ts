import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LocalResource } from "../../resources/local/index.js";
import { failureOf } from "../../resources/pac/testing/test-resource.js";
import { SessionManager } from "../../sessions/session-manager.js";
import { configureAlgorithm } from "../algorithm-environment.js";
import {
  AbortRemoteJob,
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

const ComputeResource = "here";
/** The engine starts processes; on a busy machine that takes its time. */
const patience = { timeout: 20_000 };
const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

let directory: string;
let resource: LocalResource;
let sessions: SessionManager;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "remote-algorithms-"));
  await mkdir(join(directory, "bin"));
  await writeFile(join(directory, "bin", "python"), `#!/bin/sh\nexec /bin/sh "$@"\n`);
  await chmod(join(directory, "bin", "python"), 0o755);
  resource = new LocalResource({
    id: ComputeResource,
    workspace: join(directory, "workspace"),
    extraPath: [join(directory, "bin")],
    slots: 4,
    idleSeconds: 1,
  });
  sessions = new SessionManager({ resources: [resource] });
});
beforeEach(() => configureAlgorithm({ sessions }));
afterEach(() => configureAlgorithm({}));
afterAll(async () => {
  await sessions.close();
  await resource.close();
  await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

async function local(name: string, content: string): Promise<string> {
  await writeFile(join(directory, name), content);
  return join(directory, name);
}

async function start(UserName: string): Promise<string> {
  await Authenticate({ ComputeResource, UserName });
  return (await StartRemoteTransaction({ ComputeResource, UserName })).TransactionID;
}

const wordOf = async (JobID: string, UserName: string): Promise<string> =>
  (await QueryRemoteJob({ ComputeResource, JobID, UserName })).JobStatusString;

describe("the remote algorithms on this machine", () => {
  it("go all the way in Mantid's order, by names in any case", async () => {
    const script = await local("recon.py", 'cat data.txt; echo "$@"; pwd > where.txt\n');
    const notices: string[] = [];
    const options = { onNotice: (sentence: string) => notices.push(sentence) };
    await Authenticate.execute({ computeresource: "here", USERNAME: "ada", password: "" });
    const { TransactionID } = await StartRemoteTransaction({ ComputeResource });
    const of = { ComputeResource, TransactionID };
    expect(await QueryRemoteFile(of)).toEqual({ FileNames: [] });
    await UploadRemoteFile({ ...of, RemoteFileName: "run.py", LocalFileName: script }, options);
    expect(notices.at(-1)).toMatch(
      new RegExp(`lies at here in /.*/transactions/${TransactionID}/run\\.py\\.$`),
    );
    await UploadRemoteFile({
      ...of,
      RemoteFileName: "data.txt",
      LocalFileName: await local("anything", "the data\n"),
    });
    expect(await QueryRemoteFile(of)).toEqual({ FileNames: ["data.txt", "run.py"] });

    const { JobID } = await SubmitRemoteJob({
      ...of,
      ScriptName: "run.py",
      ScriptParams: "--n 'a b'",
      TaskName: "first",
      CoresPerNode: 2,
    });
    await expect.poll(() => wordOf(JobID, "ada"), patience).toBe("Done");
    const job = await QueryRemoteJob({ ComputeResource, JobID });
    expect(job).toMatchObject({
      JobName: "first",
      ScriptName: "run.py",
      TransID: TransactionID,
      CommandLine: "python ./run.py --n 'a b'",
    });
    for (const date of [job.SubmitDate, job.StartDate, job.CompletionDate]) expect(date).toMatch(isoDate);
    expect(await QueryAllRemoteJobs({ ComputeResource })).toEqual({
      JobID: [JobID],
      JobStatusString: ["Done"],
      JobName: ["first"],
      ScriptName: ["run.py"],
      TransID: [TransactionID],
      SubmitDate: [job.SubmitDate],
      StartDate: [job.StartDate],
      CompletionDate: [job.CompletionDate],
      CommandLine: ["python ./run.py --n 'a b'"],
    });

    const { FileNames } = await QueryRemoteFile(of);
    expect(FileNames).toEqual(
      expect.arrayContaining(["data.txt", "run.py", "where.txt", `${JobID}.output`]) as unknown,
    );
    const LocalFileName = join(directory, "fetched.txt");
    await DownloadRemoteFile({ ...of, RemoteFileName: `${JobID}.output`, LocalFileName });
    expect(await readFile(LocalFileName, "utf8")).toBe("the data\n--n a b\n");
    const inTheWay = DownloadRemoteFile({ ...of, RemoteFileName: "where.txt", LocalFileName });
    expect(await failureOf(inTheWay)).toMatchObject({ code: "FILE_EXISTS" });
    await DownloadRemoteFile({ ...of, RemoteFileName: "where.txt", LocalFileName, Overwrite: true });
    expect((await readFile(LocalFileName, "utf8")).trim()).toMatch(new RegExp(`/${TransactionID}$`));
    const missing = await failureOf(
      DownloadRemoteFile({ ...of, RemoteFileName: "were.txt", LocalFileName, Overwrite: true }),
    );
    expect(missing).toMatchObject({ code: "FILE_NOT_FOUND", hint: "Did you mean where.txt?" });

    await StopRemoteTransaction(of, options);
    expect(notices.at(-1)).toBe(`Transaction ${TransactionID} is stopped.`);
    expect(await QueryRemoteJob({ ComputeResource, JobID })).toMatchObject({ TransID: "", ScriptName: "" });
    await Logout({ ComputeResource, UserName: "ada" }, options);
    expect(notices.at(-1)).toBe("ada is logged out at here.");
  });

  it("an uploaded program runs, though uploads are not executable", async () => {
    const TransactionID = await start("eve");
    const of = { ComputeResource, TransactionID, UserName: "eve" };
    await UploadRemoteFile({
      ...of,
      RemoteFileName: "tool",
      LocalFileName: await local("tool", "#!/bin/sh\nexit 3\n"),
    });
    const { JobID } = await SubmitRemoteJob({ ...of, ScriptName: "tool", ScriptParams: "x" });
    await expect
      .poll(async () => (await (await sessions.session("here", "eve")).job(JobID)).status, patience)
      .toMatchObject({ phase: "finished", exitCode: 3 });
  });

  it("Mantid let one user in at a time, and dropped all transactions at a log-in: here all stay", async () => {
    const ofAda = await start("ada");
    const ofBob = await start("bob");
    await Authenticate({ ComputeResource, UserName: "ada" });
    await QueryRemoteFile({ ComputeResource, TransactionID: ofAda });
    await QueryRemoteFile({ ComputeResource, TransactionID: ofBob, UserName: "bob" });
    const foreign = await failureOf(
      QueryRemoteFile({ ComputeResource, TransactionID: ofAda, UserName: "bob" }),
    );
    expect(foreign).toMatchObject({ name: "ValueError", code: "PROPERTY_INVALID" });
    await Logout({ ComputeResource, UserName: "ada" });
    await Authenticate({ ComputeResource, UserName: "ada" });
    await QueryRemoteFile({ ComputeResource, TransactionID: ofAda });
  });

  it("Mantid gave an id twice after a stop: here never", async () => {
    const [first, second] = [await start("ada"), await start("ada")];
    await StopRemoteTransaction({ ComputeResource, TransactionID: first });
    const third = await start("ada");
    expect(new Set([first, second, third]).size).toBe(3);
    const stale = await failureOf(QueryRemoteFile({ ComputeResource, TransactionID: first }));
    expect(stale.message).toBe(`TransactionID "${first}" is no transaction of ada on here.`);
  });

  it("Mantid's jobs joined the last transaction in the alphabet: here the one named", async () => {
    const ids = await Promise.all(Array.from({ length: 11 }, () => start("carl")));
    const submit = (TransactionID: string): Promise<{ readonly JobID: string }> =>
      SubmitRemoteJob({
        ComputeResource,
        TransactionID,
        UserName: "carl",
        ScriptName: "echo",
        ScriptParams: TransactionID,
      });
    const jobs = await Promise.all(ids.map(async (id) => ({ id, JobID: (await submit(id)).JobID })));
    const all = await QueryAllRemoteJobs({ ComputeResource, UserName: "carl" });
    const found = new Map(all.JobID.map((jobId, index) => [jobId, all.TransID[index]]));
    for (const { id, JobID } of jobs) expect(found.get(JobID)).toBe(id);
    expect(all.JobName.every((name) => /^Mantid_job_\d+$/.test(name))).toBe(true);
  });

  it("Mantid's stop killed finished jobs too: here only those that have not ended", async () => {
    const TransactionID = await start("dora");
    const of = { ComputeResource, TransactionID, UserName: "dora" };
    const submit = async (ScriptParams: string, NumNodes = 1): Promise<string> =>
      (await SubmitRemoteJob({ ...of, ScriptName: "sleep", ScriptParams, NumNodes })).JobID;
    const [ended, running] = [await submit("0"), await submit("60")];
    const waiting = await submit("60", 4);
    await expect.poll(() => wordOf(ended, "dora"), patience).toBe("Done");
    await expect.poll(() => wordOf(running, "dora"), patience).toBe("Running");
    const notices: string[] = [];
    await StopRemoteTransaction(of, { onNotice: (sentence) => notices.push(sentence) });
    expect(notices).toEqual([
      `Transaction ${TransactionID} is stopped; being cancelled: ${running}, ${waiting}.`,
    ]);
    for (const id of [running, waiting]) await expect.poll(() => wordOf(id, "dora"), patience).toBe("Exit");
    expect(await wordOf(ended, "dora")).toBe("Done");
  });

  it("Mantid found a job only if there was one: here it is asked for by its id", async () => {
    const TransactionID = await start("finn");
    const of = { ComputeResource, TransactionID, UserName: "finn" };
    const submit = async (TaskName: string): Promise<string> =>
      (await SubmitRemoteJob({ ...of, TaskName, ScriptName: "sleep", ScriptParams: "30" })).JobID;
    const [one, two] = [await submit("one"), await submit("two")];
    const nameOf = async (JobID: string): Promise<string> =>
      (await QueryRemoteJob({ ComputeResource, UserName: "finn", JobID })).JobName;
    expect([await nameOf(one), await nameOf(two)]).toEqual(["one", "two"]);
    const none = await failureOf(QueryRemoteJob({ ComputeResource, UserName: "finn", JobID: "99999" }));
    expect(none).toMatchObject({ code: "JOB_NOT_FOUND" });
    await AbortRemoteJob({ ComputeResource, UserName: "finn", JobID: one });
    await expect.poll(() => wordOf(one, "finn"), patience).toBe("Exit");
    expect(await wordOf(two, "finn")).not.toBe("Exit");
    const foreign = await failureOf(AbortRemoteJob({ ComputeResource, UserName: "ada", JobID: two }));
    expect(foreign).toMatchObject({ code: "JOB_NOT_FOUND" });
    await StopRemoteTransaction(of);
  });

  it("Mantid took the file's name for a directory: here it is a name, and a path is refused", async () => {
    const TransactionID = await start("gina");
    const of = { ComputeResource, TransactionID, UserName: "gina" };
    const LocalFileName = await local("mine.txt", "x");
    for (const RemoteFileName of ["/work/imat", "../evil", "a\\b", ".", "..", " "]) {
      const error = await failureOf(UploadRemoteFile({ ...of, RemoteFileName, LocalFileName }));
      expect(error).toMatchObject({ name: "ValueError", code: "PROPERTY_INVALID" });
    }
    await UploadRemoteFile({ ...of, RemoteFileName: "yours.txt", LocalFileName });
    expect((await QueryRemoteFile(of)).FileNames).toEqual(["yours.txt"]);
    await UploadRemoteFile({ ...of, RemoteFileName: "yours.txt", LocalFileName });
    const other = await local("other.txt", "y");
    const twice = UploadRemoteFile({ ...of, RemoteFileName: "yours.txt", LocalFileName: other });
    expect(await failureOf(twice)).toMatchObject({ code: "FILE_EXISTS" });
    const intoDirectory = DownloadRemoteFile({
      ...of,
      RemoteFileName: "yours.txt",
      LocalFileName: directory,
    });
    expect(await failureOf(intoDirectory)).toMatchObject({
      code: "FILE_KIND_WRONG",
      hint: `Give the path of the file itself, e.g. ${join(directory, "yours.txt")}.`,
    });
  });

  const transactionCalls: Readonly<Record<string, (who: { readonly UserName: string }) => Promise<unknown>>> =
    {
      SubmitRemoteJob: (who) =>
        SubmitRemoteJob({
          ComputeResource,
          ...who,
          TransactionID: "LSFTrans_1",
          ScriptName: "a",
          ScriptParams: "b",
        }),
      QueryRemoteFile: (who) => QueryRemoteFile({ ComputeResource, ...who, TransactionID: "LSFTrans_1" }),
      UploadRemoteFile: (who) =>
        UploadRemoteFile({
          ComputeResource,
          ...who,
          TransactionID: "LSFTrans_1",
          RemoteFileName: "../x",
          LocalFileName: "/no/such",
        }),
      DownloadRemoteFile: (who) =>
        DownloadRemoteFile({
          ComputeResource,
          ...who,
          TransactionID: "LSFTrans_1",
          RemoteFileName: "x",
          LocalFileName: "/no/such",
        }),
      StopRemoteTransaction: (who) =>
        StopRemoteTransaction({ ComputeResource, ...who, TransactionID: "LSFTrans_1" }),
    };
  const otherCalls: typeof transactionCalls = {
    StartRemoteTransaction: (who) => StartRemoteTransaction({ ComputeResource, ...who }),
    QueryRemoteJob: (who) => QueryRemoteJob({ ComputeResource, ...who, JobID: "1" }),
    QueryAllRemoteJobs: (who) => QueryAllRemoteJobs({ ComputeResource, ...who }),
    AbortRemoteJob: (who) => AbortRemoteJob({ ComputeResource, ...who, JobID: "1" }),
    Logout: (who) => Logout({ ComputeResource, ...who }),
  };

  it.each(Object.entries({ ...transactionCalls, ...otherCalls }))(
    "not logged in comes before anything else: %s",
    async (name, call) => {
      expect(await failureOf(call({ UserName: "zoe" }))).toMatchObject({
        name: "ValueError",
        code: "NOT_LOGGED_IN",
        message: expect.stringContaining(`zoe is not logged in on here`) as unknown,
        hint: `Call Authenticate({ ComputeResource: "here", UserName: "zoe" }), or run: scarf login --resource here --user zoe`,
        context: { algorithm: name },
      });
    },
  );

  it.each(Object.entries(transactionCalls))("an unknown transaction is named: %s", async (_, call) => {
    await Authenticate({ ComputeResource, UserName: "hal" });
    expect(await failureOf(call({ UserName: "hal" }))).toMatchObject({
      name: "ValueError",
      code: "PROPERTY_INVALID",
      message: 'TransactionID "LSFTrans_1" is no transaction of hal on here.',
    });
  });

  it("an unknown resource is told before all", async () => {
    const call = QueryAllRemoteJobs({ ComputeResource: "Here" });
    expect(await failureOf(call)).toMatchObject({ code: "RESOURCE_UNKNOWN", hint: "Did you mean here?" });
  });
});

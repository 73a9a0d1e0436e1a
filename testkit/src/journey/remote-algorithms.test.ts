import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import {
  AbortRemoteJob,
  Authenticate,
  configureAlgorithm,
  DownloadRemoteFile,
  LocalResource,
  Logout,
  MantidWebResource,
  PacResource,
  QueryAllRemoteJobs,
  QueryRemoteFile,
  QueryRemoteJob,
  SessionManager,
  StartRemoteTransaction,
  StopRemoteTransaction,
  SubmitRemoteJob,
  UploadRemoteFile,
} from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const UserName = "anna";
const Password = "the password of anna";

let folder: string;
const closing: (() => Promise<void>)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "remote-algorithms-"));
  const stateDirectory = join(folder, "state");
  await addUser(join(stateDirectory, "users"), UserName, Password);
  const local = new LocalResource({
    id: "local",
    workspace: join(folder, "workspace"),
    slots: 8,
    idleSeconds: 0.5,
  });
  const gateway = await startGateway(
    { listen: "127.0.0.1:0", stateDirectory, log: { level: "silent" }, mantidWeb: { enabled: true } },
    { resources: [local] },
  );
  const pac = new PacResource({ id: "pac", baseUrl: gateway.pacUrl });
  const mantid = new MantidWebResource({ id: "mantid-web", baseUrl: `${gateway.url}MantidRemote` });
  const sessions = new SessionManager({ resources: [local, pac, mantid] });
  configureAlgorithm({ sessions });
  closing.push(
    () => sessions.close(),
    () => gateway.close(),
    () => local.close(),
  );
});

afterAll(async () => {
  configureAlgorithm({});
  for (const close of closing) await close();
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

async function awaitWord(of: { ComputeResource: string; JobID: string }, words: readonly string[]) {
  for (let round = 0; round < 400; round += 1) {
    const found = await QueryRemoteJob(of);
    if (words.includes(found.JobStatusString)) return found;
    await sleep(50);
  }
  throw new Error(`job ${of.JobID} does not become ${words.join(" or ")}`);
}

describe.each(["local", "pac", "mantid-web"])("Mantid's remote algorithms over %s", (ComputeResource) => {
  it("lead from log-in to results", async () => {
    await Authenticate({ ComputeResource, UserName, Password });
    const { TransactionID } = await StartRemoteTransaction({ ComputeResource });
    const of = { ComputeResource, TransactionID };
    const send = async (RemoteFileName: string, content: string): Promise<void> => {
      const LocalFileName = join(folder, `${ComputeResource} ${RemoteFileName}`);
      await writeFile(LocalFileName, content);
      await UploadRemoteFile({ ...of, RemoteFileName, LocalFileName });
    };
    const data = "raw data\r\n\0ü";
    await send("run 1.nxs", data);
    await send("reduce.sh", '#!/bin/sh\ncat "run 1.nxs" >"$1"; echo "$2"; exit 3\n');

    const TaskName = `task of ${ComputeResource}`;
    const { JobID } = await SubmitRemoteJob({
      ...of,
      TaskName,
      ScriptName: "reduce.sh",
      ScriptParams: "'out put.txt' \"it's\"",
      CoresPerNode: 2,
    });
    const ended = await awaitWord({ ComputeResource, JobID }, ["Exit", "Done"]);
    // A failed job must not look like any other.
    expect(ended).toMatchObject({
      JobName: TaskName,
      ScriptName: "reduce.sh",
      JobStatusString: "Exit",
      TransID: TransactionID,
    });
    for (const date of [ended.SubmitDate, ended.StartDate, ended.CompletionDate])
      expect(date).toMatch(/^\d{4}-\d\d-\d\dT/);

    const all = await QueryAllRemoteJobs({ ComputeResource });
    expect(all.JobStatusString[all.JobID.indexOf(JobID)]).toBe("Exit");
    expect((await QueryRemoteFile(of)).FileNames).toEqual(
      expect.arrayContaining(["run 1.nxs", "reduce.sh", "out put.txt"]),
    );
    const LocalFileName = join(folder, `${ComputeResource}.out`);
    await DownloadRemoteFile({ ...of, RemoteFileName: "out put.txt", LocalFileName });
    expect(await readFile(LocalFileName, "utf8")).toBe(data);

    const long = await SubmitRemoteJob({ ...of, ScriptName: "/bin/sleep", ScriptParams: "60" });
    await awaitWord({ ComputeResource, ...long }, ["Running"]);
    await AbortRemoteJob({ ComputeResource, ...long });
    expect((await awaitWord({ ComputeResource, ...long }, ["Exit", "Done"])).JobStatusString).toBe("Exit");

    const other = await SubmitRemoteJob({ ...of, ScriptName: "/bin/sleep", ScriptParams: "60" });
    await StopRemoteTransaction(of);
    expect((await awaitWord({ ComputeResource, ...other }, ["Exit", "Done"])).JobStatusString).toBe("Exit");
    await expect(QueryRemoteFile(of)).rejects.toMatchObject({ code: "PROPERTY_INVALID" });
    await Logout({ ComputeResource, UserName });
    await expect(QueryAllRemoteJobs({ ComputeResource, UserName })).rejects.toMatchObject({
      code: "NOT_LOGGED_IN",
    });
  });
});

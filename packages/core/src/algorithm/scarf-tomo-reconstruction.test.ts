import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  AuthError,
  type ErrorCode,
  FileError,
  isScarfError,
  type ScarfError,
  SchedulerError,
  SpecError,
} from "../errors/index.js";
import type { JobSpec } from "../model/index.js";
import { LocalResource } from "../resources/local/index.js";
import { SessionManager } from "../sessions/session-manager.js";
import { activeStatus, finishedStatus } from "../sessions/testing/memory-server.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { configureAlgorithm } from "./algorithm-environment.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";

let directory: string;

/** The engine starts processes; on a busy machine that takes its time. */
const patience = { timeout: 20_000 };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "algorithm-"));
});
afterAll(() => rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));
afterEach(() => configureAlgorithm({}));

async function failureOf(work: Promise<unknown>): Promise<ScarfError> {
  const error: unknown = await work.then(
    () => new Error("expected a failure, it succeeded"),
    (reason: unknown) => reason,
  );
  if (isScarfError(error)) return error;
  throw error;
}

describe("on this machine", () => {
  let sessions: SessionManager;
  let resources: LocalResource[];

  beforeAll(async () => {
    const bin = join(directory, "bin");
    await mkdir(bin);
    // The applications of SCARF run `python`; here it is a shell, so that the test needs nothing else.
    await writeFile(join(bin, "python"), `#!/bin/sh\nexec /bin/sh "$@"\n`);
    await chmod(join(bin, "python"), 0o755);
    resources = ["one", "two", "three"].map(
      (id) => new LocalResource({ id, workspace: join(directory, id), extraPath: [bin], idleSeconds: 1 }),
    );
    sessions = new SessionManager({ resources });
  });
  beforeEach(() => configureAlgorithm({ sessions }));
  afterAll(async () => {
    await sessions.close();
    for (const resource of resources) await resource.close();
  });

  it("goes all the way: log in, upload, submit, status, download, cancel, log out", async () => {
    const ComputeResource = "one";
    const script = join(directory, "reconstruct.sh");
    await writeFile(script, `echo "$@"; mkdir sub; echo slice > recon_00000.tif; echo warn >&2\n`);
    const notices: string[] = [];
    const options = { onNotice: (sentence: string) => notices.push(sentence) };

    await SCARFTomoReconstruction({ Action: "LogIn", UserName: "ada", ComputeResource }, options);
    await SCARFTomoReconstruction({ Action: "Ping", ComputeResource }, options);
    await SCARFTomoReconstruction(
      { Action: "Upload", FileToUpload: script, DestinationDirectory: "scripts", ComputeResource },
      options,
    );
    const RunnablePath = /lies at one in (\/.*)\.$/.exec(notices.at(-1) ?? "")?.[1] ?? "";
    const { RemoteJobID } = await SCARFTomoReconstruction(
      {
        Action: "SubmitJob",
        RunnablePath,
        JobOptions: "--name 'my sample' -n 2",
        JobName: "first",
        ComputeResource,
      },
      options,
    );
    await expect
      .poll(
        () => SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: RemoteJobID, ComputeResource }),
        patience,
      )
      .toEqual({
        RemoteJobName: "first",
        RemoteJobStatus: "Done",
        RemoteJobCommand: `python ${RunnablePath} --name 'my sample' -n 2`,
      });
    expect(await SCARFTomoReconstruction({ Action: "JobStatus", ComputeResource })).toEqual({
      RemoteJobsID: [RemoteJobID],
      RemoteJobsNames: ["first"],
      RemoteJobsStatus: ["Done"],
      RemoteJobsCommands: [`python ${RunnablePath} --name 'my sample' -n 2`],
    });

    const LocalDirectory = join(directory, "fetched");
    await mkdir(LocalDirectory);
    const download = {
      Action: "Download",
      DownloadJobID: RemoteJobID,
      LocalDirectory,
      ComputeResource,
    } as const;
    await SCARFTomoReconstruction({ ...download, RemoteJobFilename: `${RemoteJobID}.output*` }, options);
    expect(await readFile(join(LocalDirectory, `${RemoteJobID}.output`), "utf8")).toBe(
      "--name my sample -n 2\n",
    );
    const inTheWay = await failureOf(SCARFTomoReconstruction(download));
    expect(inTheWay).toMatchObject({
      code: "FILE_EXISTS",
      message: `${RemoteJobID}.output exists already in ${LocalDirectory}; nothing was fetched.`,
      hint: "Give another LocalDirectory, or Overwrite: true.",
    });
    await SCARFTomoReconstruction({ ...download, Overwrite: true }, options);
    expect((await readdir(LocalDirectory)).sort()).toEqual(
      [`${RemoteJobID}.error`, `${RemoteJobID}.output`, "recon_00000.tif"].sort(),
    );

    await SCARFTomoReconstruction(
      { Action: "CancelJob", CancelJobID: RemoteJobID, ComputeResource },
      options,
    );
    expect(notices.at(-1)).toBe(`Job ${RemoteJobID} had ended already.`);
    await SCARFTomoReconstruction({ Action: "LogOut", ComputeResource }, options);
    expect(notices.at(-1)).toBe("ada is logged out at one.");
    const after = await failureOf(SCARFTomoReconstruction({ Action: "JobStatus", ComputeResource }));
    expect(after).toMatchObject({
      name: "ValueError",
      code: "NOT_LOGGED_IN",
      message: "ada is not logged in on one, so JobStatus was not done. Log in first, with the action LogIn.",
      hint: `Call SCARFTomoReconstruction({ Action: "LogIn", UserName: "ada", ComputeResource: "one" }), or run: scarf login --resource one --user ada`,
    });
  });

  it("cancels a running job", async () => {
    const ComputeResource = "two";
    const script = join(directory, "sleep.sh");
    await writeFile(script, "sleep 60\n");
    await SCARFTomoReconstruction({ UserName: "bob", ComputeResource });
    const { RemoteJobID } = await SCARFTomoReconstruction({
      Action: "Submit",
      RunnablePath: script,
      JobOptions: "",
      ComputeResource,
    });
    await SCARFTomoReconstruction({ Action: "Cancel", CancelJobID: RemoteJobID, ComputeResource });
    await expect
      .poll(async () => {
        const job = await SCARFTomoReconstruction({
          Action: "JobStatusByID",
          JobID: RemoteJobID,
          ComputeResource,
        });
        return job.RemoteJobStatus;
      }, patience)
      .toBe("Exit");
  });

  it("serves five users on three resources at once; each sees only their own", async () => {
    const script = join(directory, "who.sh");
    await writeFile(script, `echo "$1"\n`);
    const users = ["u1", "u2", "u3", "u4", "u5"];
    const pairs = users.flatMap((UserName) =>
      ["one", "two", "three"].map((ComputeResource) => ({ UserName, ComputeResource })),
    );
    const ids = await Promise.all(
      pairs.map(async (who) => {
        await SCARFTomoReconstruction({ Action: "LogIn", ...who });
        const JobOptions = `${who.UserName}@${who.ComputeResource}`;
        const { RemoteJobID } = await SCARFTomoReconstruction({
          Action: "SubmitJob",
          ...who,
          RunnablePath: script,
          JobOptions,
        });
        return RemoteJobID;
      }),
    );
    const lists = await Promise.all(
      pairs.map((who) => SCARFTomoReconstruction({ Action: "JobStatus", ...who })),
    );
    for (const [index, list] of lists.entries()) {
      const { UserName, ComputeResource } = pairs[index] ?? { UserName: "", ComputeResource: "" };
      expect(list.RemoteJobsID).toEqual([ids[index]]);
      expect(list.RemoteJobsCommands).toEqual([`python ${script} ${UserName}@${ComputeResource}`]);
    }
    const other = await failureOf(
      SCARFTomoReconstruction({
        Action: "JobStatusByID",
        UserName: "u1",
        ComputeResource: "one",
        JobID: ids[3] ?? "",
      }),
    );
    expect(other.code).toBe("JOB_NOT_FOUND");
  });
});

describe("on a cluster with its faults", () => {
  let cluster: MemoryResource;
  let sessions: SessionManager;
  let job: string;
  const UserName = "foo";
  const Password = "password of foo";

  beforeEach(async () => {
    cluster = new MemoryResource("SCARF@STFC");
    cluster.addUser(UserName);
    cluster.addUser("other");
    sessions = new SessionManager({ resources: [cluster] });
    configureAlgorithm({ sessions, retry: { attempts: 2, firstDelaySeconds: 0.01 } });
    await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
    ({ RemoteJobID: job } = await SCARFTomoReconstruction({ Action: "SubmitJob" }));
  });
  afterEach(() => sessions.close());

  /** A call of every action that needs a session, each right by itself. */
  async function everyAction(): Promise<ReadonlyMap<string, () => Promise<unknown>>> {
    const FileToUpload = join(directory, "upload.txt");
    await writeFile(FileToUpload, "content");
    const LocalDirectory = await mkdtemp(join(directory, "local-"));
    return new Map<string, () => Promise<unknown>>([
      ["Upload", () => SCARFTomoReconstruction({ Action: "Upload", FileToUpload })],
      ["SubmitJob", () => SCARFTomoReconstruction({ Action: "SubmitJob" })],
      ["JobStatus", () => SCARFTomoReconstruction({ Action: "JobStatus" })],
      ["JobStatusByID", () => SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })],
      ["Download", () => SCARFTomoReconstruction({ Action: "Download", DownloadJobID: job, LocalDirectory })],
      ["CancelJob", () => SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: job })],
      ["LogOut", () => SCARFTomoReconstruction({ Action: "LogOut" })],
    ]);
  }

  it("Mantid threw the job's id away: SubmitJob returns it", () => {
    expect(job).toMatch(/^\d+$/);
  });

  it("counts the names of jobs as Mantid did", async () => {
    await SCARFTomoReconstruction({ Action: "SubmitJob" });
    const { RemoteJobsNames } = await SCARFTomoReconstruction({ Action: "JobStatus" });
    const [second = "", first = ""] = RemoteJobsNames;
    expect(first).toMatch(/^Mantid_tomography_\d+$/);
    expect(Number(second.split("_")[2])).toBe(Number(first.split("_")[2]) + 1);
  });

  it("refuses a log-in without a password before anything is sent", async () => {
    const error = await failureOf(SCARFTomoReconstruction({ Action: "LogIn", UserName: "other" }));
    expect(error).toMatchObject({
      name: "ValueError",
      code: "PROPERTY_MISSING",
      message: "Password must be given for LogIn.",
      context: { property: "Password" },
    });
    expect(cluster.calls.get("logIn")).toBe(1);
  });

  it("says that a password is wrong, and keeps the session that was there", async () => {
    const error = await failureOf(SCARFTomoReconstruction({ Action: "LogIn", UserName, Password: "guess" }));
    expect(error.code).toBe("AUTH_FAILED");
    expect(error.message).not.toContain("guess");
    expect(await SCARFTomoReconstruction({ Action: "JobStatus" })).toMatchObject({ RemoteJobsID: [job] });
  });

  it("needs a user name when there was none before", async () => {
    configureAlgorithm({ sessions: new SessionManager({ resources: [new MemoryResource("SCARF@STFC")] }) });
    const error = await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }));
    expect(error).toMatchObject({
      code: "PROPERTY_MISSING",
      message: "UserName must be given for JobStatus.",
    });
  });

  it("remembers the user of the last call", async () => {
    await SCARFTomoReconstruction({ Action: "LogIn", UserName: "other", Password: "password of other" });
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([]);
    expect((await SCARFTomoReconstruction({ Action: "JobStatus", UserName })).RemoteJobsID).toEqual([job]);
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([job]);
  });

  it("says who is not logged in where, and how to log in, for every action", async () => {
    const actions = await everyAction();
    await SCARFTomoReconstruction({ Action: "LogOut" });
    for (const [action, call] of actions) {
      const error = await failureOf(call());
      expect(error).toMatchObject({
        name: "ValueError",
        code: "NOT_LOGGED_IN",
        message: `foo is not logged in on SCARF@STFC, so ${action} was not done. Log in first, with the action LogIn.`,
        hint: `Call SCARFTomoReconstruction({ Action: "LogIn", UserName: "foo", Password: … }), or run: scarf login --resource SCARF@STFC --user foo`,
      });
    }
  });

  it("Mantid kept the old token: logging in again replaces it", async () => {
    cluster.expire(UserName);
    expect((await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }))).code).toBe("SESSION_EXPIRED");
    await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
    expect((await SCARFTomoReconstruction({ Action: "JobStatus" })).RemoteJobsID).toEqual([job]);
  });

  it("says that the session has expired, for every action", async () => {
    for (const [action, call] of await everyAction()) {
      if (action === "LogOut") continue;
      await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
      cluster.expire(UserName);
      const error = await failureOf(call());
      expect([action, error.name, error.code]).toEqual([action, "AuthError", "SESSION_EXPIRED"]);
    }
  });

  it("says that the cluster can't be reached, for every action", async () => {
    const actions = await everyAction();
    cluster.reachable = false;
    for (const [action, call] of [
      ...actions,
      ["Ping", () => SCARFTomoReconstruction({ Action: "Ping" })] as const,
    ]) {
      if (action === "LogOut") continue;
      const error = await failureOf(call());
      expect([action, error.code]).toEqual([action, "CONNECTION_FAILED"]);
      expect(error.message).toContain("SCARF@STFC");
    }
  });

  it("forgets the session on LogOut even if the cluster can't be told, and says so", async () => {
    cluster.reachable = false;
    expect((await failureOf(SCARFTomoReconstruction({ Action: "LogOut" }))).code).toBe("CONNECTION_FAILED");
    cluster.reachable = true;
    expect((await failureOf(SCARFTomoReconstruction({ Action: "JobStatus" }))).code).toBe("NOT_LOGGED_IN");
  });

  it.each([
    ["submit", "SubmitJob", new SpecError("SPEC_REJECTED", "No such queue.")],
    ["list", "JobStatus", new SchedulerError("OUTPUT_UNREADABLE", "The answer is a web page.")],
    ["job", "JobStatusByID", new SchedulerError("OUTPUT_UNREADABLE", "The answer is a web page.")],
    ["files.write", "Upload", new AuthError("PERMISSION_DENIED", "You may not write there.")],
    ["cancel", "CancelJob", new SchedulerError("OPERATION_REFUSED", "Not now.")],
  ])("Mantid only logged a failed %s: %s fails", async (method, action, error) => {
    cluster.fail(method, error);
    const call = (await everyAction()).get(action);
    expect(await failureOf(call?.() ?? Promise.resolve())).toBe(error);
  });

  it("submits once even if the answer is lost", async () => {
    cluster.loseAnswer("submit");
    const { RemoteJobID } = await SCARFTomoReconstruction({ Action: "SubmitJob" });
    const { RemoteJobsID } = await SCARFTomoReconstruction({ Action: "JobStatus" });
    expect(RemoteJobsID).toEqual([RemoteJobID, job]);
  });

  it.each([
    ["JobStatusByID", { JobID: 999 }],
    ["CancelJob", { CancelJobID: 999 }],
  ] as const)("Mantid gave `Unknown!` for an unknown job: %s fails", async (Action, inputs) => {
    const error = await failureOf(SCARFTomoReconstruction.execute({ Action, ...inputs }));
    expect(error).toMatchObject({
      code: "JOB_NOT_FOUND",
      message: expect.stringContaining("999") as unknown,
    });
  });

  it("tells a failed job from one that succeeded", async () => {
    cluster.setStatus(UserName, job, finishedStatus("failed"));
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Exit",
    );
    cluster.setStatus(UserName, job, finishedStatus());
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Done",
    );
    cluster.setStatus(UserName, job, { ...activeStatus(), phase: "unknown", why: "no-evidence" });
    expect((await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })).RemoteJobStatus).toBe(
      "Unknown",
    );
  });

  it("Mantid sent an empty file for a missing one: Upload fails before anything is sent", async () => {
    const FileToUpload = join(directory, "not-there.nxs");
    const missing = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(missing).toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringContaining(FileToUpload) as unknown,
    });
    const wrongKind = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload: directory }));
    expect(wrongKind).toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${directory} is a directory, not a file`,
    });
    expect(cluster.calls.get("files.write")).toBeUndefined();
    // Properties are looked at before sessions, as in Mantid: nobody logs in for nothing.
    await SCARFTomoReconstruction({ Action: "LogOut" });
    const loggedOut = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(loggedOut.code).toBe("FILE_NOT_FOUND");
  });

  it("uploads to where it is told, and replaces only when asked", async () => {
    const FileToUpload = join(directory, "up.txt");
    await writeFile(FileToUpload, "one");
    await SCARFTomoReconstruction({ Action: "Upload", FileToUpload });
    await writeFile(FileToUpload, "two");
    const error = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(error.code).toBe("FILE_EXISTS");
    const { files } = cluster.userNamed(UserName);
    expect(String(Buffer.from(files.get("/work/imat/up.txt") ?? []))).toBe("one");
    await SCARFTomoReconstruction({ Action: "Upload", FileToUpload, Overwrite: true });
    expect(String(Buffer.from(files.get("/work/imat/up.txt") ?? []))).toBe("two");
  });

  describe("Download", () => {
    let LocalDirectory: string;

    beforeEach(async () => {
      LocalDirectory = await mkdtemp(join(directory, "download-"));
      const { files } = cluster.userNamed(UserName);
      files.set(`jobs/${job}/a.txt`, Buffer.from("aaa"));
      files.set(`jobs/${job}/empty.txt`, Buffer.from(""));
      files.set(`jobs/${job}/sub/b.txt`, Buffer.from("bbb"));
    });

    const download = (
      inputs: { RemoteJobFilename?: string; Overwrite?: boolean; LocalDirectory?: string } = {},
    ): Promise<unknown> =>
      SCARFTomoReconstruction({ Action: "Download", DownloadJobID: job, LocalDirectory, ...inputs });

    it("Mantid asked for directories as if they were files: they are skipped; an empty file is a file", async () => {
      await download();
      expect((await readdir(LocalDirectory)).sort()).toEqual(["a.txt", "empty.txt"]);
      expect(await readFile(join(LocalDirectory, "empty.txt"), "utf8")).toBe("");
    });

    it.each(["a.txt", "a.txt*", "PAC Server*/x/a.txt*FILE*3*true"])(
      "Mantid failed on a plain name: %s is fetched",
      async (RemoteJobFilename) => {
        await download({ RemoteJobFilename });
        expect(await readFile(join(LocalDirectory, "a.txt"), "utf8")).toBe("aaa");
      },
    );

    it("names a file that the job does not have", async () => {
      const error = await failureOf(download({ RemoteJobFilename: "a.tx" }));
      expect(error).toMatchObject({
        code: "FILE_NOT_FOUND",
        message: expect.stringContaining("a.tx") as unknown,
      });
      expect(error.hint).toContain("a.txt");
    });

    it.each<[string, string, ErrorCode, string]>([
      ["missing", "none", "FILE_NOT_FOUND", "does not exist"],
      ["a file", "file", "FILE_KIND_WRONG", "is not a directory"],
    ])(
      "Mantid only warned: a LocalDirectory that is %s fails before anything is fetched",
      async (_, name, code, message) => {
        await writeFile(join(LocalDirectory, "file"), "");
        const error = await failureOf(download({ LocalDirectory: join(LocalDirectory, name) }));
        expect(error).toMatchObject({
          code,
          message: `LocalDirectory ${join(LocalDirectory, name)} ${message}.`,
        });
        expect(cluster.calls.get("files.list")).toBeUndefined();
      },
    );

    it("Mantid overwrote: existing files are named before anything is fetched, and replaced when asked", async () => {
      await writeFile(join(LocalDirectory, "a.txt"), "mine");
      const error = await failureOf(download());
      expect(error).toMatchObject({
        code: "FILE_EXISTS",
        message: `a.txt exists already in ${LocalDirectory}; nothing was fetched.`,
      });
      expect(await readdir(LocalDirectory)).toEqual(["a.txt"]);
      await download({ Overwrite: true });
      expect(await readFile(join(LocalDirectory, "a.txt"), "utf8")).toBe("aaa");
    });

    it("Mantid stopped at the first failure: the others are fetched, and the failed ones named", async () => {
      cluster.fail("chunk of a.txt", new FileError("FILE_UNREADABLE", "not yours"));
      const error = await failureOf(download());
      expect(error.code).toBe("TRANSFER_INCOMPLETE");
      expect(error.message).toBe(
        `1 of 2 files of job ${job} could not be fetched: a.txt (not yours). The others are complete in ${LocalDirectory}.`,
      );
      expect(await readdir(LocalDirectory)).toEqual(["empty.txt"]);
    });

    it("Mantid did nothing and said nothing: a job without files fails", async () => {
      cluster.userNamed(UserName).files.clear();
      expect(await failureOf(download())).toMatchObject({
        code: "FILE_NOT_FOUND",
        message: `Job ${job} at SCARF@STFC has no files.`,
      });
    });

    it("tells progress", async () => {
      const seen: number[] = [];
      await SCARFTomoReconstruction(
        { Action: "Download", DownloadJobID: job, LocalDirectory },
        { onProgress: ({ bytesDone }) => seen.push(bytesDone) },
      );
      expect(seen.at(-1)).toBe(3);
    });
  });

  it("ends at once when told to", async () => {
    const error = await failureOf(
      SCARFTomoReconstruction(
        { Action: "Upload", FileToUpload: import.meta.filename },
        { signal: AbortSignal.abort() },
      ),
    );
    expect(error.code).toBe("ABORTED");
  });
});

describe("a resource that takes forms", () => {
  it("gets the form that Mantid sent, field by field in Mantid's order", async () => {
    const cluster = new MemoryResource("SCARF@STFC", { applicationForms: true });
    cluster.addUser("foo");
    const specs = recordSubmits(cluster);
    configureAlgorithm({ sessions: new SessionManager({ resources: [cluster] }) });
    await SCARFTomoReconstruction({ UserName: "foo", Password: "password of foo" });
    await SCARFTomoReconstruction({
      Action: "SubmitJob",
      RunnablePath: "/work/x.py",
      JobOptions: "--tool=astra -i 'a b'",
      JobName: "mine",
    });
    const [task] = specs.map((spec) => spec.task);
    expect(task).toEqual({
      kind: "application",
      application: "PYASTRATOOLBOX_1_6",
      parameters: {
        INPUT_ARGS: "--tool=astra -i 'a b'",
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
        JOB_NAME: "mine",
        INPUT_FILE: "/work/x.py",
      },
    });
    expect(task?.kind === "application" && Object.keys(task.parameters)).toEqual([
      "INPUT_ARGS",
      "OUTPUT_FILE",
      "ERROR_FILE",
      "JOB_NAME",
      "INPUT_FILE",
    ]);
  });
});

it("names the resources that there are for one that isn't", async () => {
  configureAlgorithm({ sessions: new SessionManager({ resources: [new MemoryResource("SCARF@STFC")] }) });
  const error = await failureOf(SCARFTomoReconstruction({ Action: "Ping", ComputeResource: "SCARF@STCF" }));
  expect(error.code).toBe("RESOURCE_UNKNOWN");
  expect(`${error.message} ${error.hint}`).toContain("SCARF@STFC");
});

/** Keeps what is submitted to a resource. */
function recordSubmits(resource: MemoryResource): readonly JobSpec[] {
  const specs: JobSpec[] = [];
  const logIn = resource.logIn.bind(resource);
  resource.logIn = async (credentials) => {
    const session = await logIn(credentials);
    const submit = session.submit.bind(session);
    session.submit = (spec, options) => {
      specs.push(spec);
      return submit(spec, options);
    };
    return session;
  };
  return specs;
}

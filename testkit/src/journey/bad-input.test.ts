import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  configureAlgorithm,
  isScarfError,
  PacResource,
  SCARFTomoReconstruction,
  SessionManager,
  waitForJob,
} from "scarf-tomo";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "./scarf-in-a-box.js";
import { FaultProxy } from "../faults/fault-proxy.js";

const actions = [
  "LogIn",
  "LogOut",
  "Ping",
  "Upload",
  "SubmitJob",
  "JobStatus",
  "JobStatusByID",
  "Download",
  "CancelJob",
] as const;
type Action = (typeof actions)[number];
type Inputs = Readonly<Record<string, string | boolean>>;

interface Fails {
  /** Besides the inputs that are right. */
  readonly with?: () => Inputs;
  readonly code: string;
  readonly message: string;
}

/** What an action does: it fails, it works (and why it should), or it has nothing of the kind (and why). */
type Cell = Tried | { readonly notThere: string };
type Tried = Fails | { readonly works: string; readonly with?: () => Inputs };
type Row = Readonly<Record<Action, Cell>>;

const noJob = { notThere: "takes no job" };
const noFile = { notThere: "takes no file" };
const lists = { works: "shows only one's own jobs" };
const anonymous = { works: "needs no log-in" };

let scarf: ScarfInABox;
let proxy: FaultProxy;
let clients: PacResource[];
/** Its directory has a file and an empty directory. */
let jobId: string;
let otherJobId: string;
let FileToUpload: string;
let LocalDirectory: string;

/** With the client of the test before; a log-in takes its time. */
let isLoggedIn = false;

/** A client that knows nobody yet. */
function newClient(origin: string): PacResource {
  const client = new PacResource({
    id: "SCARF@STFC",
    baseUrl: `${origin}/platform/`,
    login: { kind: "token-page", url: `${origin}/cgi-bin/token.py` },
    retry: { attempts: 1 },
    lookUpPausesSeconds: [0.01],
  });
  clients.push(client);
  isLoggedIn = false;
  configureAlgorithm({
    sessions: new SessionManager({ resources: [client] }),
    retry: { attempts: 1, firstDelaySeconds: 0.01 },
  });
  return client;
}

const user = (): { UserName: string; Password: string } => ({
  UserName: scarf.userName,
  Password: scarf.password,
});
const logIn = (): Promise<unknown> => SCARFTomoReconstruction({ Action: "LogIn", ...user() });

/** Inputs with which the action works. */
function rightInputs(action: Action): Inputs {
  const { UserName, Password } = user();
  const inputs: Readonly<Record<Action, Inputs>> = {
    LogIn: { Password },
    LogOut: {},
    Ping: {},
    Upload: { FileToUpload, DestinationDirectory: `${scarf.home}/in`, Overwrite: true },
    SubmitJob: { RunnablePath: `${scarf.home}/make.sh`, JobOptions: "" },
    JobStatus: {},
    JobStatusByID: { JobID: jobId },
    Download: { DownloadJobID: jobId, RemoteJobFilename: "a.txt", LocalDirectory, Overwrite: true },
    CancelJob: { CancelJobID: jobId },
  };
  return { UserName, ...inputs[action] };
}

/** `works`, or the code and the message. */
async function outcomeOf(action: Action, cell: Tried): Promise<string> {
  const inputs = { Action: action, ...rightInputs(action), ...cell.with?.() };
  if (action === "LogIn" || action === "LogOut") isLoggedIn = false;
  try {
    await SCARFTomoReconstruction.execute(inputs);
    return "works";
  } catch (error) {
    if (!isScarfError(error)) throw error;
    const flaws = [
      ...(/.{10}/.test(error.hint ?? "") ? [] : ["says not what to do next"]),
      ...(`${error.message} ${error.hint}`.includes(scarf.password) ? ["shows the password"] : []),
    ];
    return [`${error.code}: ${readable(error.message)}`, ...flaws].join("; ");
  }
}

function wanted(action: Action, cell: Tried): string {
  return "works" in cell ? "works" : `${cell.code}: ${cell.message.replace("ACTION", action)}`;
}

/** What is different in each run, by its name. */
function readable(message: string): string {
  return message
    .replaceAll(dirname(scarf.home), "USERS")
    .replaceAll(FileToUpload, "FILE")
    .replaceAll(LocalDirectory, "LOCAL")
    .replaceAll(new URL(proxy.origin).host, "HOST")
    .replaceAll(/Mantid_tomography_\d+/g, "NAME");
}

function row(title: string, cells: Row): void {
  const tried = actions.flatMap((action): [Action, Tried][] => {
    const cell = cells[action];
    return "notThere" in cell ? [] : [[action, cell]];
  });
  describe.each([title])("%s", () => {
    it.each(tried)("%s", async (action, cell) => {
      expect(await outcomeOf(action, cell)).toBe(wanted(action, cell));
    });
  });
}

beforeAll(async () => {
  clients = [];
  scarf = await startScarf({ otherUsers: ["grace"] });
  proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  LocalDirectory = await mkdtemp(join(tmpdir(), "scarf-bad-input-"));
  FileToUpload = join(LocalDirectory, "scan.nxs");
  await writeFile(FileToUpload, "a scan");
  await mkdir(scarf.home, { recursive: true });
  await writeFile(join(scarf.home, "make.sh"), "mkdir empty; echo a > a.txt\n");
  const client = newClient(proxy.origin);
  await logIn();
  ({ RemoteJobID: jobId } = await SCARFTomoReconstruction({
    Action: "SubmitJob",
    RunnablePath: `${scarf.home}/make.sh`,
    JobOptions: "",
  }));
  await waitForJob(await client.logIn(scarf), jobId);
  const other = await client.logIn({ userName: "grace", password: scarf.password });
  const task = { kind: "shell", commandLine: "echo secret > a.txt; sleep 60" } as const;
  otherJobId = await other.submit({ task }, { submitKey: "grace's" });
}, 60_000);
afterAll(async () => {
  configureAlgorithm({});
  for (const client of clients) await client.close();
  await proxy[Symbol.asyncDispose]();
  await scarf[Symbol.asyncDispose]();
  await rm(LocalDirectory, { recursive: true });
});
beforeEach(async () => {
  await proxy.switchTo("pass");
  if (isLoggedIn) return;
  newClient(proxy.origin);
  await logIn();
  isLoggedIn = true;
});

it("without bad input every action works", async () => {
  const right = { works: "the inputs are right" };
  for (const action of actions) {
    if (action === "LogOut") continue;
    expect([action, await outcomeOf(action, right)]).toEqual([action, "works"]);
  }
  expect(await outcomeOf("LogOut", right)).toBe("works");
});

describe("after a log-in with a wrong password", () => {
  beforeEach(async () => {
    newClient(proxy.origin);
    await SCARFTomoReconstruction({ Action: "LogIn", ...user(), Password: "a wrong guess" }).catch(
      () => undefined,
    );
  });
  const notLoggedIn = {
    code: "NOT_LOGGED_IN",
    message:
      "scarf362 is not logged in on SCARF@STFC, so ACTION was not done. Log in first, with the action LogIn.",
  };
  row("each action", {
    LogIn: {
      with: () => ({ Password: "another wrong guess" }),
      code: "AUTH_FAILED",
      message: "User name or password is wrong.",
    },
    LogOut: notLoggedIn,
    Ping: anonymous,
    Upload: notLoggedIn,
    SubmitJob: notLoggedIn,
    JobStatus: notLoggedIn,
    JobStatusByID: notLoggedIn,
    Download: notLoggedIn,
    CancelJob: notLoggedIn,
  });
});

const unknownJob = (message: string, inputs: Inputs): Cell => ({
  with: () => inputs,
  code: "JOB_NOT_FOUND",
  message,
});
row("an unknown job", {
  LogIn: noJob,
  LogOut: noJob,
  Ping: noJob,
  Upload: noJob,
  SubmitJob: noJob,
  JobStatus: noJob,
  JobStatusByID: unknownJob("SCARF@STFC lists no job 999 of scarf362.", { JobID: "999" }),
  Download: unknownJob("You have no job 999 here.", { DownloadJobID: "999" }),
  CancelJob: unknownJob("You have no job 999 here.", { CancelJobID: "999" }),
});

row("a missing file", {
  LogIn: noFile,
  LogOut: noFile,
  Ping: noFile,
  Upload: {
    with: () => ({ FileToUpload: `${LocalDirectory}/none` }),
    code: "FILE_NOT_FOUND",
    message: "There is no file LOCAL/none.",
  },
  SubmitJob: {
    with: () => ({ RunnablePath: `${scarf.home}/none.sh` }),
    works: "who knows what is there when the job starts; the job fails, see below",
  },
  JobStatus: noFile,
  JobStatusByID: noFile,
  Download: {
    with: () => ({ RemoteJobFilename: "none.txt" }),
    code: "FILE_NOT_FOUND",
    message: "The job has no file none.txt.",
  },
  CancelJob: noFile,
});

row("a directory in place of a file", {
  LogIn: noFile,
  LogOut: noFile,
  Ping: noFile,
  Upload: {
    with: () => ({ FileToUpload: LocalDirectory }),
    code: "FILE_KIND_WRONG",
    message: "LOCAL is a directory, not a file",
  },
  SubmitJob: { notThere: "what a shell makes of a directory is its business" },
  JobStatus: noFile,
  JobStatusByID: noFile,
  Download: {
    with: () => ({ RemoteJobFilename: "empty" }),
    code: "FILE_KIND_WRONG",
    message: "empty of job 1 at SCARF@STFC is a directory without files, not a file; nothing was fetched.",
  },
  CancelJob: noFile,
});

it("a script that is not there is a job that fails", async () => {
  const { RemoteJobID } = await SCARFTomoReconstruction({
    Action: "SubmitJob",
    ...user(),
    RunnablePath: `${scarf.home}/none.sh`,
    JobOptions: "",
  });
  const session = await clients.at(-1)?.logIn(scarf);
  if (session === undefined) throw new Error("there is no client");
  expect(await waitForJob(session, RemoteJobID)).toMatchObject({
    status: { phase: "finished", outcome: "failed", evidence: { source: expect.any(String) as unknown } },
  });
  const { RemoteJobStatus } = await SCARFTomoReconstruction({
    Action: "JobStatusByID",
    JobID: RemoteJobID,
  });
  expect(RemoteJobStatus).toBe("Exit");
});

row("no permission", {
  LogIn: {
    with: () => ({ UserName: "nobody", Password: scarf.password }),
    code: "AUTH_FAILED",
    message: "User name or password is wrong.",
  },
  LogOut: { notThere: "everybody may log out" },
  Ping: anonymous,
  Upload: {
    with: () => ({ DestinationDirectory: join(scarf.home, "..", "grace") }),
    code: "FILE_NAME_REFUSED",
    message: "`USERS/grace` leads out of your directory.",
  },
  SubmitJob: { notThere: "whoever is logged in may submit" },
  JobStatus: lists,
  // That there is such a job of another user is not told.
  JobStatusByID: {
    with: () => ({ JobID: otherJobId }),
    code: "JOB_NOT_FOUND",
    message: "SCARF@STFC lists no job 2 of scarf362.",
  },
  Download: {
    with: () => ({ DownloadJobID: otherJobId }),
    code: "JOB_NOT_FOUND",
    message: "You have no job 2 here.",
  },
  CancelJob: {
    with: () => ({ CancelJobID: otherJobId }),
    code: "JOB_NOT_FOUND",
    message: "You have no job 2 here.",
  },
});

it("Mantid only warned: no permission to write where the download should go", async () => {
  const [locked, open] = [join(LocalDirectory, "locked"), join(LocalDirectory, "locked", "open")];
  await mkdir(open, { recursive: true });
  await chmod(locked, 0o400);
  await chmod(LocalDirectory, 0o755);
  const program =
    'import { SCARFTomoReconstruction as run } from "scarf-tomo";' +
    "for (const LocalDirectory of process.argv.slice(1))" +
    '  await run({ Action: "Download", UserName: "ada", DownloadJobID: "1", LocalDirectory })' +
    "    .catch(({ code, message }) => console.log(`${code}: ${message}`));";
  // Root may write everywhere, so root asks as nobody does.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", program, locked, open],
    { cwd: import.meta.dirname, ...(process.geteuid?.() === 0 && { uid: 65_534 }) },
  );
  await chmod(locked, 0o700);
  expect(readable(stdout)).toBe(
    "FILE_UNWRITABLE: You may not write into LocalDirectory LOCAL/locked.\n" +
      "FILE_UNWRITABLE: You may not look into what LocalDirectory LOCAL/locked/open lies in.\n",
  );
});

describe("a server that is gone", () => {
  beforeEach(() => proxy.switchTo("gone"));
  const gone = { code: "CONNECTION_FAILED", message: "HOST can't be reached: the connection was refused." };
  row("each action", {
    LogIn: gone,
    LogOut: gone,
    Ping: gone,
    Upload: gone,
    SubmitJob: gone,
    JobStatus: gone,
    JobStatusByID: gone,
    Download: gone,
    CancelJob: gone,
  });

  it("LogOut forgets the session here all the same", async () => {
    expect(await outcomeOf("LogOut", gone)).toBe(wanted("LogOut", gone));
    await expect(SCARFTomoReconstruction({ Action: "JobStatus" })).rejects.toMatchObject({
      code: "NOT_LOGGED_IN",
    });
  });
});

describe("a server that answers HTML", () => {
  beforeEach(() => proxy.switchTo("web page"));
  const page = {
    code: "OUTPUT_UNREADABLE",
    message: "SCARF@STFC answered with a web page instead of data: Maintenance.",
  };
  row("each action", {
    // A wrong password is a web page too on some sites, so what it says is shown.
    LogIn: {
      code: "AUTH_FAILED",
      message: "SCARF@STFC did not accept the log-in of scarf362: Maintenance.",
    },
    LogOut: page,
    Ping: page,
    Upload: page,
    SubmitJob: {
      code: "SUBMIT_AMBIGUOUS",
      message: `It is not known whether job NAME was submitted to SCARF@STFC: ${page.message}`,
    },
    JobStatus: page,
    JobStatusByID: page,
    Download: page,
    CancelJob: page,
  });
});

describe("an expired session", () => {
  let shortLived: ScarfInABox;
  let managers: ReadonlyMap<Action, SessionManager>;
  const kinds = { idle: { idleMinutes: 0.015 }, absolute: { absoluteHours: 0.000_25 } } as const;

  describe.each(["idle", "absolute"] as const)("%s", (kind) => {
    beforeAll(async () => {
      shortLived = await startScarf({ sessions: kinds[kind] });
      const { origin } = new URL(shortLived.pacUrl);
      const logged = await Promise.all(
        actions.map(async (action) => {
          const client = new PacResource({
            id: "SCARF@STFC",
            baseUrl: shortLived.pacUrl,
            login: { kind: "token-page", url: `${origin}/cgi-bin/token.py` },
          });
          clients.push(client);
          const manager = new SessionManager({ resources: [client] });
          await manager.logIn("SCARF@STFC", shortLived);
          return [action, manager] as const;
        }),
      );
      managers = new Map(logged);
      await sleep(1000);
    });
    afterAll(() => shortLived[Symbol.asyncDispose]());
    beforeEach((context) => {
      const action = actions.find((one) => context.task.name === one);
      const sessions = action && managers.get(action);
      if (sessions !== undefined) configureAlgorithm({ sessions });
      isLoggedIn = false;
    });

    const expired = {
      code: "SESSION_EXPIRED",
      message: "The session of scarf362 on SCARF@STFC has ended.",
    };
    row("each action", {
      LogIn: { works: "makes a new session" },
      LogOut: { works: "it is over, as was wished" },
      Ping: anonymous,
      Upload: expired,
      SubmitJob: expired,
      JobStatus: expired,
      JobStatusByID: expired,
      Download: expired,
      CancelJob: expired,
    });
  });
});

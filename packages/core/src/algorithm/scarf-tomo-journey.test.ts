import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LocalResource } from "../resources/local/index.js";
import { failureOf } from "../resources/pac/testing/test-resource.js";
import { SessionManager } from "../sessions/session-manager.js";
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

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SessionManager } from "../../sessions/session-manager.js";
import { MemoryResource } from "../../sessions/testing/memory-resource.js";
import { configureAlgorithm } from "../algorithm-environment.js";
import { SCARFTomoReconstruction } from "../scarf-tomo-reconstruction.js";

export const UserName = "foo";
export const Password = "password of foo";

/** A cluster that can be told to fail, with a user who is logged in and has one job. */
export interface ClusterWithFaults extends AsyncDisposable {
  readonly cluster: MemoryResource;
  readonly job: string;
  /** For files here. */
  readonly directory: string;
  /** A call of every action that needs a session, each right by itself. */
  everyAction(): Promise<ReadonlyMap<string, () => Promise<unknown>>>;
}

/** The algorithms of this process work with it until it is disposed of. */
export async function openClusterWithFaults(): Promise<ClusterWithFaults> {
  const directory = await mkdtemp(join(tmpdir(), "algorithm-"));
  const cluster = new MemoryResource("SCARF@STFC");
  cluster.addUser(UserName);
  cluster.addUser("other");
  const sessions = new SessionManager({ resources: [cluster] });
  configureAlgorithm({ sessions, retry: { attempts: 2, firstDelaySeconds: 0.01 } });
  await SCARFTomoReconstruction({ Action: "LogIn", UserName, Password });
  const { RemoteJobID: job } = await SCARFTomoReconstruction({ Action: "SubmitJob" });
  return {
    cluster,
    job,
    directory,
    async everyAction() {
      const FileToUpload = join(directory, "upload.txt");
      await writeFile(FileToUpload, "content");
      const LocalDirectory = await mkdtemp(join(directory, "local-"));
      return new Map<string, () => Promise<unknown>>([
        ["Upload", () => SCARFTomoReconstruction({ Action: "Upload", FileToUpload })],
        ["SubmitJob", () => SCARFTomoReconstruction({ Action: "SubmitJob" })],
        ["JobStatus", () => SCARFTomoReconstruction({ Action: "JobStatus" })],
        ["JobStatusByID", () => SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: job })],
        [
          "Download",
          () => SCARFTomoReconstruction({ Action: "Download", DownloadJobID: job, LocalDirectory }),
        ],
        ["CancelJob", () => SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: job })],
        ["LogOut", () => SCARFTomoReconstruction({ Action: "LogOut" })],
      ]);
    },
    async [Symbol.asyncDispose]() {
      configureAlgorithm({});
      await sessions.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    },
  };
}

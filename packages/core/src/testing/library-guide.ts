// The code of docs/guide/library.md. A test runs it and compares it with the guide.

// #region open
import { join } from "node:path";
import {
  clientPaths,
  createResource,
  FileSessionStore,
  readClientConfiguration,
  type Session,
  SessionManager,
} from "../index.js";

/** The resources of the user's configuration, and the sessions that the command line uses too. */
export async function openManager(): Promise<SessionManager> {
  const { resources } = await readClientConfiguration();
  return new SessionManager({
    resources: Object.entries(resources).map(([id, definition]) => createResource(definition, id)),
    store: new FileSessionStore(join(clientPaths().stateDirectory, "sessions")),
  });
}
// #endregion

// #region session
import { isScarfError } from "../index.js";

/** Takes up the session of the last user, and logs in only if there is none. */
export async function openSession(
  manager: SessionManager,
  resourceId: string,
  ask: () => Promise<{ userName: string; password?: string }>,
): Promise<Session> {
  try {
    return await manager.session(resourceId);
  } catch (error) {
    if (!isScarfError(error) || error.code !== "NOT_LOGGED_IN") throw error;
    return manager.logIn(resourceId, await ask());
  }
}
// #endregion

// #region run
import { bytesSource, downloadJobFiles, submitOnce, SubmitJournal, waitForJob } from "../index.js";

/** Runs a script on a resource and brings back what it wrote. */
export async function runScript(session: Session, text: string, resultsDirectory: string): Promise<string> {
  const journal = new SubmitJournal(join(clientPaths().stateDirectory, "submits"));
  const { jobId } = await submitOnce(
    session,
    {
      name: "count_projections",
      task: { kind: "script", text },
      resources: { coresPerTask: 1, wallTimeSeconds: 600 },
      attachments: [{ name: "angles.txt", source: bytesSource("0\n90\n180\n") }],
    },
    { journal },
  );

  const result = await waitForJob(session, jobId, { onChange: (status) => console.log(jobId, status.phase) });
  if (result.ended !== "finished") return `It is not known how job ${jobId} ended.`;
  if (result.status.outcome !== "succeeded")
    return `Job ${jobId} ${result.status.outcome}: ${result.status.reason ?? ""}`;

  const { files, failures } = await downloadJobFiles(session, jobId, { directory: resultsDirectory });
  for (const { name, error } of failures) console.error(name, error.message, error.hint);
  return `Job ${jobId} succeeded; ${files.length} files are in ${resultsDirectory}.`;
}
// #endregion

// #region output
import { findOutputPath, followOutput } from "../index.js";

/** Passes on what a job prints while it runs; ends with the job. */
export async function showOutput(
  session: Session,
  jobId: string,
  show: (text: string) => void,
): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of followOutput(session, jobId, await findOutputPath(session, jobId)))
    show(decoder.decode(chunk, { stream: true }));
}
// #endregion

// #region upload
import { ProgressMeter, uploadFile } from "../index.js";

/** Sends a scan, and says how fast it goes. */
export async function sendScan(session: Session, path: string, remoteDirectory: string): Promise<string> {
  const meter = new ProgressMeter();
  const sent = await uploadFile(session, path, remoteDirectory, {
    onProgress({ bytesDone, bytesTotal }) {
      const { bytesPerSecond = 0, secondsLeft } = meter.update(bytesDone, bytesTotal);
      console.log(
        `${bytesDone} bytes, ${Math.round(bytesPerSecond / 1e6)} MB/s, ${secondsLeft?.toFixed() ?? "?"} s left`,
      );
    },
  });
  return `${sent.path}: ${sent.sizeBytes} bytes, compared by ${sent.verified}`;
}
// #endregion

// #region many
import { uploadFiles } from "../index.js";

/** Sends slices; those that did not arrive are named. */
export async function sendSlices(session: Session, paths: readonly string[]): Promise<void> {
  const files = paths.map((localPath) => ({ localPath }));
  const { failures } = await uploadFiles(session, files, "slices", { overwrite: "skip" });
  for (const { localPath, error } of failures) console.error(`${localPath}: ${error.message}`);
}
// #endregion

// #region watch
import { watcherFor } from "../index.js";

/** Tells of all jobs of a user until the function it returns is called. */
export function watchJobs(session: Session, tell: (line: string) => void): () => void {
  const subscription = watcherFor(session).watchList((event) => {
    if (event.kind === "listed") tell(event.jobs.map(({ id, status }) => `${id} ${status.phase}`).join(", "));
    if (event.kind === "stale") tell(`No answer for ${event.ageSeconds.toFixed()} s: ${event.error.message}`);
    if (event.kind === "paused") tell("The session has ended; log in to go on.");
  });
  return () => subscription.close();
}
// #endregion

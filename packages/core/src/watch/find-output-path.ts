import type { JobId } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";

/** What a job writes: its standard output or its standard error. */
export type JobStream = "output" | "error";

/**
 * Where a job's standard output (or error) lies, relative to its directory; `.output` or `.error` behind the id where the
 * resource doesn't tell (LSF's way).
 * @throws {SchedulerError} `JOB_NOT_FOUND`.
 */
export async function findOutputPath(
  session: Session,
  jobId: JobId,
  { stream = "output", ...options }: CallOptions & { readonly stream?: JobStream } = {},
): Promise<string> {
  const { outputPath, errorPath, workingDirectory } = await session.job(jobId, options);
  const path = stream === "output" ? outputPath : errorPath;
  if (path === undefined) return `${jobId}.${stream}`;
  const directory = workingDirectory?.replace(/\/*$/, "/");
  if (directory !== undefined && path.startsWith(directory)) return path.slice(directory.length);
  return path.startsWith("/") ? (path.split("/").at(-1) ?? path) : path;
}

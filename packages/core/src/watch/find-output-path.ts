import type { JobId } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";

/**
 * Where a job's standard output lies, relative to its directory; `.output` behind the id where the resource doesn't tell (LSF's way).
 * @throws {SchedulerError} `JOB_NOT_FOUND`.
 */
export async function findOutputPath(
  session: Session,
  jobId: JobId,
  options: CallOptions = {},
): Promise<string> {
  const { outputPath, workingDirectory } = await session.job(jobId, options);
  if (outputPath === undefined) return `${jobId}.output`;
  const directory = workingDirectory?.replace(/\/*$/, "/");
  if (directory !== undefined && outputPath.startsWith(directory)) return outputPath.slice(directory.length);
  return outputPath.startsWith("/") ? (outputPath.split("/").at(-1) ?? outputPath) : outputPath;
}

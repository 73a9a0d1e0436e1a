import type { JobId } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";

/** Enough for a trace, not for a log. */
const tailBytes = 4096;
const keptLines = 20;

/** The last lines of a job's standard error; none if they can't be had, as nothing depends on them. */
export async function readErrorLines(
  session: Session,
  jobId: JobId,
  options: CallOptions,
): Promise<readonly string[]> {
  try {
    const { errorPath, workingDirectory } = await session.job(jobId, options);
    const name = relativeTo(workingDirectory, errorPath ?? `${jobId}.error`);
    const files = session.jobFiles(jobId);
    const sizeBytes =
      (await files.list(undefined, options)).find((file) => file.name === name)?.sizeBytes ?? 0;
    const offset = session.capabilities.byteRanges ? Math.max(sizeBytes - tailBytes, 0) : 0;
    const { chunks } = await files.read(name, offset > 0 ? { offset } : undefined, options);
    let tail = Buffer.alloc(0);
    for await (const chunk of chunks) tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-tailBytes));
    return tail
      .toString("utf8")
      .trimEnd()
      .split(/\r\n|\n|\r/)
      .slice(-keptLines);
  } catch {
    return [];
  }
}

function relativeTo(directory: string | undefined, path: string): string {
  const prefix = directory === undefined ? "" : `${directory.replace(/\/*$/, "")}/`;
  if (prefix !== "" && path.startsWith(prefix)) return path.slice(prefix.length);
  return path.startsWith("/") ? (path.split("/").at(-1) ?? path) : path;
}

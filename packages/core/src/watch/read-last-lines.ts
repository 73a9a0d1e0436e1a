import type { JobId } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { throwIfAborted } from "../transports/abort.js";
import { findOutputPath, type JobStream } from "./find-output-path.js";

/** Enough for a trace, not for a log. */
const tailBytes = 16 * 1024;

/**
 * The last lines that a job wrote, blank ones left out; none if they can't be had: they explain a failure, and nothing
 * depends on them. Only the end is kept in memory, whatever the file's size. The text is the job's: not safe for a terminal.
 * @throws {AbortedError} the signal came.
 */
export async function readLastLines(
  session: Session,
  jobId: JobId,
  stream: JobStream,
  { count = 10, ...options }: CallOptions & { readonly count?: number } = {},
): Promise<readonly string[]> {
  try {
    const path = await findOutputPath(session, jobId, { ...options, stream });
    const tail = await readTail(session, jobId, path, options);
    const lines = tail.toString("utf8").split(/\r\n|\n|\r/);
    return lines.filter((line) => line.trim() !== "").slice(-count);
  } catch {
    throwIfAborted(options.signal);
    return [];
  }
}

async function readTail(session: Session, jobId: JobId, path: string, options: CallOptions): Promise<Buffer> {
  const files = session.jobFiles(jobId);
  const sizeBytes = session.capabilities.byteRanges
    ? (await files.list(undefined, options)).find((file) => file.name === path)?.sizeBytes
    : undefined;
  const offset = Math.max(0, (sizeBytes ?? 0) - tailBytes);
  const { chunks } = await files.read(path, offset > 0 ? { offset } : undefined, options);
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) tail = Buffer.from(Buffer.concat([tail, chunk]).subarray(-tailBytes));
  return tail;
}

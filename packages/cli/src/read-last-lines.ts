import type { JobId, Session } from "scarf-tomo";
import { renderSafeLine, renderSafeLines } from "./terminal/safe-text.js";

const tailBytes = 16 * 1024;
const longestLine = 500;

/** The last lines of a job's output, safe for a terminal; none where they can't be had. What they are for comes first: the outcome. */
export async function readLastLines(
  session: Session,
  jobId: JobId,
  signal: AbortSignal,
  count = 10,
): Promise<string[]> {
  try {
    const { findOutputPath } = await import("scarf-tomo");
    const tail = await readTail(session, jobId, await findOutputPath(session, jobId), signal);
    return renderSafeLines(tail.toString("utf8"))
      .split("\n")
      .filter((line) => line.trim() !== "")
      .slice(-count)
      .map((line) => renderSafeLine(line.slice(0, longestLine)));
  } catch {
    signal.throwIfAborted();
    return [];
  }
}

/** Keeps only the end in memory, whatever the output's size. */
async function readTail(session: Session, jobId: JobId, path: string, signal: AbortSignal): Promise<Buffer> {
  const files = session.jobFiles(jobId);
  const sizeBytes = session.capabilities.byteRanges
    ? (await files.list(undefined, { signal })).find((file) => file.path === path || file.name === path)
        ?.sizeBytes
    : undefined;
  const offset = Math.max(0, (sizeBytes ?? 0) - tailBytes);
  const { chunks } = await files.read(path, offset > 0 ? { offset } : undefined, { signal });
  let tail = Buffer.alloc(0);
  for await (const chunk of chunks) tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
  return Buffer.from(tail);
}

import type { JobId } from "scarf-tomo";
import type { CommandContext } from "./command-context.js";
import { getErrorReport, renderError } from "./render-error.js";

/**
 * Does one thing to several jobs, one after the other. A job for which it fails does not keep the others from their turn; at
 * the end the first failure is thrown, so that the exit code tells of it.
 */
export async function doPerJob(
  context: CommandContext,
  jobIds: readonly JobId[],
  act: (jobId: JobId) => Promise<{ readonly result: string; readonly remark: string }>,
): Promise<void> {
  const documents: object[] = [];
  const failures: unknown[] = [];
  for (const jobId of new Set(jobIds)) {
    context.signal.throwIfAborted();
    try {
      const { result, remark } = await act(jobId);
      documents.push({ jobId, result });
      if (!context.output.json) context.output.note(remark);
    } catch (error) {
      context.signal.throwIfAborted();
      const { code, message, hint } = getErrorReport(error);
      documents.push({ jobId, error: { code, message, ...(hint !== undefined && { hint }) } });
      failures.push(error);
      // The first one is rendered last, as the reason of the exit code.
      if (failures.length > 1)
        context.output.warn(renderError(error, { json: context.output.json, verbose: false }));
    }
  }
  await context.output.result({ jobs: documents }, () => "");
  if (failures.length > 0) throw failures[0];
}

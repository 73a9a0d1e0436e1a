import { StringDecoder } from "node:string_decoder";
import type { FinishedStatus, JobId, Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { readLastLines } from "../read-last-lines.js";
import { renderStatus } from "../render-status.js";
import { tellOfPicture } from "../tell-of-picture.js";
import type { Progress } from "../terminal/progress.js";

/**
 * Waits for a reconstruction to end and shows how far it is, by the progress lines in its output.
 * @throws {SchedulerError} `JOB_NOT_SUCCEEDED`, after the last lines of what it wrote.
 */
export async function watchReconstruction(
  context: CommandContext,
  session: Session,
  jobId: JobId,
): Promise<FinishedStatus> {
  const { SchedulerError, waitForJob } = await import("scarf-tomo");
  const { signal } = context;
  const ended = waitForJob(session, jobId, {
    signal,
    onChange: (status) => context.output.statusLine.show(`  job ${jobId} ${renderStatus(status)}`),
    onEvent: (event) => tellOfPicture(context, event),
  });
  // What it writes is for the eye; whether it succeeded, the scheduler says.
  const shown = showOutput(context, session, jobId).catch(() => undefined);
  const [{ status }] = await Promise.all([ended, shown]);
  context.output.statusLine.clear();
  if (status?.phase === "finished" && status.outcome === "succeeded") return status;
  for (const line of await readLastLines(session, jobId, signal)) context.output.warn(`  | ${line}`);
  throw new SchedulerError(
    "JOB_NOT_SUCCEEDED",
    `Job ${jobId} did not succeed: ${status ? renderStatus(status) : "lost from sight"}.`,
    {
      hint: "The lines above are the last that it wrote.",
      context: { jobId },
    },
  );
}

async function showOutput(context: CommandContext, session: Session, jobId: JobId): Promise<void> {
  const { findOutputPath, followOutput } = await import("scarf-tomo");
  const { parseProgressLine } = await import("scarf-tomo-recon");
  const path = await findOutputPath(session, jobId, { signal: context.signal });
  const decoder = new StringDecoder("utf8");
  let stage = "";
  let progress: Progress | undefined;
  let rest = "";
  for await (const chunk of followOutput(session, jobId, path, { signal: context.signal })) {
    const parts = (rest + decoder.write(Buffer.from(chunk))).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      const state = parseProgressLine(line);
      if (!state) continue;
      if (state.stage !== stage)
        progress = await context.progress(`  ${stageLabels[state.stage]}`, stageUnits[state.stage]);
      stage = state.stage;
      progress?.update(state.done, state.total);
    }
  }
  progress?.stop();
}

const stageLabels = {
  fields: "Read flats and darks",
  beam: "Measure the beam",
  centre: "Find the centre",
  limits: "Find the range of values",
  reconstruct: "Reconstruct",
} as const;

const stageUnits = {
  fields: "frames",
  beam: "frames",
  centre: "steps",
  limits: "slices",
  reconstruct: "slices",
} as const;

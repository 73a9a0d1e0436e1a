import { join } from "node:path";
import type { Session, SessionManager } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { getErrorReport } from "../render-error.js";
import {
  describeFetched,
  describeScan,
  fetchResults,
  placeScan,
  submitReconstruction,
} from "../reconstruction/reconstruction-steps.js";
import { watchReconstruction } from "../reconstruction/watch-reconstruction.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import type { DemoGateway } from "./demo-gateway.js";
import type { Stages } from "../stages.js";

export interface JourneyResult {
  readonly jobId: string;
  readonly outcome: string;
  readonly exitCode?: number;
}

const resourceId = "demo";
export const pictureName = "slice.png";

/**
 * One scan, the whole way over SCARF's web service: log in, ping, upload, submit, watch, download, log out. The files of
 * the job are in `directory` afterwards.
 */
export async function makeJourney(
  context: CommandContext,
  stages: Stages,
  { gateway, scanPath, directory }: { gateway: DemoGateway; scanPath: string; directory: string },
): Promise<JourneyResult> {
  const { createResource, SessionManager: Manager } = await import("scarf-tomo");
  const sessions = new Manager({ resources: [createResource(gateway.definition, resourceId)] });
  try {
    const session = await logIn(context, stages, sessions, gateway);
    try {
      return await travel(context, stages, session, { scanPath, directory });
    } finally {
      await logOut(stages, sessions);
    }
  } finally {
    await sessions.close();
  }
}

async function logIn(
  context: CommandContext,
  stages: Stages,
  sessions: SessionManager,
  gateway: DemoGateway,
): Promise<Session> {
  const { userName, password } = gateway;
  const { signal } = context;
  return stages.run(
    "log in",
    () => sessions.logIn(resourceId, { userName, password }, { signal }),
    () => `as ${userName} at ${gateway.definition.tokenPage ?? gateway.url}`,
  );
}

async function travel(
  context: CommandContext,
  stages: Stages,
  session: Session,
  { scanPath, directory }: { scanPath: string; directory: string },
): Promise<JourneyResult> {
  const { signal } = context;
  await stages.run(
    "ping",
    () => session.resource.ping({ signal }),
    ({ message }) => renderSafeLine(message.trim()),
  );
  const scan = await stages.run(
    "upload",
    () => placeScan(context, session, scanPath, { directory: "scans", overwrite: false }),
    describeScan,
  );
  const form = { INPUT: scan.path, PICTURE: pictureName };
  const jobId = await stages.run(
    "submit",
    () => submitReconstruction(context, session, form, { name: "demo" }),
    (id) => `application recon is job ${id}`,
  );
  context.interrupts.advise("Nothing goes on: the demo has stopped all that it had started.");
  try {
    const { outcome, exitCode } = await stages.run(
      "watch",
      () => watchReconstruction(context, session, jobId),
      (status) => `job ${jobId} ${status.outcome}, exit code ${status.exitCode ?? "not told"}`,
    );
    await stages.run(
      "download",
      () => fetchResults(context, session, jobId, { directory, overwrite: "error" }),
      describeFetched,
    );
    return { jobId, outcome, ...(exitCode !== undefined && { exitCode }) };
  } catch (error) {
    // The engine is to end with the demo, and it does not while a job runs.
    await session.cancel(jobId).catch(() => undefined);
    throw error;
  }
}

async function logOut(stages: Stages, sessions: SessionManager): Promise<void> {
  await stages.run(
    "log out",
    () => sessions.logOut(resourceId),
    ({ serverTold, error }) =>
      serverTold
        ? "the token is void"
        : `the server could not be told${error ? `: ${getErrorReport(error).message}` : ""}`,
  );
}

/** Where the picture of the middle slice is among the downloaded files. */
export function getPicturePath(directory: string): string {
  return join(directory, pictureName);
}

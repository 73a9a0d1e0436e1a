import { join } from "node:path";
import type { ReconstructionReport, Session, SessionManager } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { getErrorReport } from "../render-error.js";
import { ReconstructionDisplay } from "../reconstruction/reconstruction-display.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import type { DemoGateway } from "./demo-gateway.js";
import type { Stages } from "../stages.js";

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
): Promise<ReconstructionReport> {
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
): Promise<ReconstructionReport> {
  const { reconstructScan } = await import("scarf-tomo");
  const { signal } = context;
  await stages.run(
    "ping",
    () => session.resource.ping({ signal }),
    ({ message }) => renderSafeLine(message.trim()),
  );
  const display = await ReconstructionDisplay.create(context, stages);
  let jobId: string | undefined;
  try {
    return await reconstructScan(
      session,
      scanPath,
      { directory, parameters: { PICTURE: pictureName }, jobName: "demo", signal },
      (event) => {
        if (event.kind === "submitted") jobId = event.jobId;
        display.handle(event);
      },
    );
  } catch (error) {
    display.fail(error);
    // The engine is to end with the demo, and it does not while a job runs.
    if (jobId !== undefined) await session.cancel(jobId).catch(() => undefined);
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

import { Command } from "commander";
import type { Job, JobId, JobStatus, Session } from "scarf-tomo";
import { awaitJobs } from "../await-jobs.js";
import type { CommandContext } from "../command-context.js";
import { renderInstant } from "../format/render-quantity.js";
import { paintStatus, renderStatus, toJobDocument, toStatusDocument } from "../render-status.js";
import { runCommand } from "../run-command.js";
import { makePictureTeller } from "../tell-of-picture.js";
import { renderSafeLine } from "../terminal/safe-text.js";

export function watchCommand(): Command {
  return new Command("watch")
    .description(
      "print every change of jobs as it happens. With job ids it ends when all of them have ended, with exit code 0 " +
        "only if every one succeeded; without, it watches all your jobs until Ctrl-C.",
    )
    .summary("print every change of jobs as it happens")
    .argument("[jobs...]", "job ids (default: all your jobs)")
    .action((jobIds: string[], _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await (jobIds.length > 0 ? watchJobs(context, session, jobIds) : watchAll(context, session));
      }),
    );
}

async function watchJobs(context: CommandContext, session: Session, jobIds: readonly JobId[]): Promise<void> {
  await awaitJobs(context, session, jobIds, {
    onChange: (jobId, status) =>
      context.output.line({ type: "status", jobId, ...toStatusDocument(status) }, () =>
        renderChange(jobId, "", status),
      ),
    printResult: false,
  });
}

/** Watches the list until Ctrl-C: prints a job when it is first seen and whenever its status is another one. */
async function watchAll(context: CommandContext, session: Session): Promise<void> {
  const { watcherFor } = await import("scarf-tomo");
  const tellOfPicture = makePictureTeller(context);
  const seen = new Map<JobId, string>();
  const onJobs = (jobs: readonly Job[]) => {
    for (const job of jobs.toReversed()) {
      const text = renderStatus(job.status);
      if (seen.get(job.id) === text) continue;
      seen.set(job.id, text);
      context.output.line({ type: "job", ...toJobDocument(job) }, () =>
        renderChange(job.id, job.name, job.status),
      );
    }
    if (jobs.length === 0) context.output.statusLine.show("No jobs yet. Ctrl-C ends watching.");
  };
  context.interrupts.advise("Your jobs go on. Take up watching with: scarf watch");
  await new Promise<void>((resolve, reject) => {
    const subscription = watcherFor(session).watchList((event) => {
      if (event.kind === "listed") onJobs(event.jobs);
      else if (event.kind === "paused") {
        subscription.close();
        reject(event.error);
      } else tellOfPicture(event);
    });
    context.signal.addEventListener(
      "abort",
      () => {
        subscription.close();
        resolve();
      },
      { once: true },
    );
  });
}

function renderChange(jobId: JobId, name: string, status: JobStatus): string {
  const reason = status.reason === undefined ? "" : `  ${renderSafeLine(status.reason)}`;
  const words = [
    renderInstant(status.evidence.observedAt),
    renderSafeLine(jobId),
    renderSafeLine(name),
  ].filter(Boolean);
  return `${words.join("  ")}  ${paintStatus(status, renderStatus(status))}${reason}`;
}

import { Command } from "commander";
import type { JobSpec, Session } from "scarf-tomo";
import { addJobOptions, type JobOptions } from "../job-options.js";
import { buildJobSpec } from "../build-job-spec.js";
import type { CommandContext } from "../command-context.js";
import { expandApplication } from "../expand-application.js";
import { runCommand } from "../run-command.js";
import { renderSafeLines } from "../terminal/safe-text.js";
import { awaitJobs } from "../await-jobs.js";

interface SubmitOptions extends JobOptions {
  readonly submitKey?: string;
  readonly wait?: boolean;
  readonly explain?: boolean;
  readonly dryRun?: boolean;
}

export function submitCommand(): Command {
  const command = new Command("submit")
    .description(
      "Submit a job and print its id.\n\n" +
        "  scarf submit [options] -- COMMAND [ARGUMENTS...]\n" +
        "  scarf submit [options] --script FILE [-- ARGUMENTS...]\n" +
        "  scarf submit [options] --application NAME --param KEY=VALUE",
    )
    .summary("submit a job and print its id")
    .argument("[command...]", "the program and its arguments, after --")
    .passThroughOptions();
  addJobOptions(command);
  return command
    .option("--submit-key <key>", "makes the submit repeatable: the same key never makes a second job")
    .option("--wait", "wait until the job has ended; the exit code tells whether it succeeded")
    .option("--explain", "show what would be sent, and send nothing")
    .option("--dry-run", "the same as --explain")
    .action((words: string[], options: SubmitOptions) =>
      runCommand(command, (context) => submit(context, options, words)),
    );
}

async function submit(
  context: CommandContext,
  options: SubmitOptions,
  words: readonly string[],
): Promise<void> {
  const asked = await buildJobSpec(options, words);
  const session = await context.session();
  const spec = await expandApplication(context, session, asked);
  if (options.explain || options.dryRun) return explain(context, session, spec);
  const { newSubmitKey, submitOnce } = await import("scarf-tomo");
  const { journal } = await context.client();
  const submitKey = options.submitKey ?? newSubmitKey();
  const target = context.hintOptions(session);
  context.interrupts.advise(
    `The submit may have arrived. Look with: scarf jobs ${target}\n` +
      `Or repeat the command with --submit-key ${submitKey}: it never makes a second job.`,
  );
  const sending =
    (asked.attachments?.length ?? 0) > 0 ? await context.progress("Send attachments") : undefined;
  const { jobId } = await submitOnce(session, spec, {
    submitKey,
    journal,
    signal: context.signal,
    onProgress: (progress) => sending?.update(progress.bytesDone, progress.bytesTotal),
  });
  sending?.stop();
  context.interrupts.advise(`Job ${jobId} goes on. Take it up again with: scarf wait ${jobId} ${target}`);
  const document = { jobId, resource: session.resource.id, userName: session.userName, submitKey };
  if (!options.wait) {
    await context.output.result(document, () => jobId);
    context.output.note(
      `Submitted to ${session.resource.id}. Follow it with: scarf watch ${jobId} ${target}`,
    );
    return;
  }
  if (!context.output.json) await context.output.result(document, () => jobId);
  await awaitJobs(context, session, [jobId], { more: document });
}

async function explain(context: CommandContext, session: Session, spec: JobSpec): Promise<void> {
  const problems = await session.validate(spec, { signal: context.signal });
  const refused = problems.filter(({ severity }) => severity === "refused");
  const explanation = refused.length > 0 ? "" : await session.explain(spec, { signal: context.signal });
  await context.output.result({ resource: session.resource.id, problems, explanation }, () =>
    renderSafeLines(explanation),
  );
  for (const { field, message, severity } of problems) {
    context.output.warn(
      renderSafeLines(`${severity === "refused" ? "Refused" : "Done another way"}: ${field}: ${message}`),
    );
  }
  if (refused.length > 0) {
    const { SpecError } = await import("scarf-tomo");
    throw new SpecError("SPEC_INVALID", `${session.resource.id} would refuse this job.`, {
      hint: "Nothing was sent. Change what is named above.",
    });
  }
}

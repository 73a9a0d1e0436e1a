import { withSession, callOptions } from "./algorithm-caller.js";
import { prepareApplication } from "../applications/index.js";
import type { Job, JobSpec } from "../model/index.js";
import { submitOnce } from "../sessions/submit-once.js";
import { renderStatusWord } from "../wire/jobs/status-word.js";
import { chooseApplication } from "./choose-application.js";
import type { ActionRunners } from "./define-algorithm.js";
import { missingProperty } from "./read-inputs.js";
import { scarfTomoDeclaration, type ScarfTomoDeclaration } from "./scarf-tomo-declaration.js";

type JobActions = "SubmitJob" | "JobStatus" | "JobStatusByID" | "CancelJob";

/** SubmitJob, JobStatus, JobStatusByID and CancelJob. */
export const jobActions: Pick<ActionRunners<ScarfTomoDeclaration>, JobActions> = {
  async SubmitJob(inputs, context) {
    if (inputs.RunnablePath.trim() === "")
      throw missingProperty(scarfTomoDeclaration, "RunnablePath", "SubmitJob");
    return withSession(inputs, "SubmitJob", async (session, { applications, retry }) => {
      const form = tomographySpec(inputs.RunnablePath, inputs.JobOptions, inputs.JobName || nextJobName());
      const spec = await prepareApplication(session, () => applications, form, callOptions(context));
      const { jobId } = await submitOnce(session, spec, { ...callOptions(context), retry });
      context.notice(`Submitted job ${jobId} (${spec.name ?? ""}) to ${session.resource.id}.`);
      return { RemoteJobID: jobId };
    });
  },

  async JobStatus(inputs, context) {
    return withSession(inputs, "JobStatus", async (session) => {
      const jobs = await session.list({}, callOptions(context));
      context.notice(`${session.userName} has ${jobs.length} jobs at ${session.resource.id}.`);
      return {
        RemoteJobsID: jobs.map(({ id }) => id),
        RemoteJobsNames: jobs.map(({ name }) => name),
        RemoteJobsStatus: jobs.map(({ status }) => renderStatusWord(status)),
        RemoteJobsCommands: jobs.map(commandOf),
      };
    });
  },

  async JobStatusByID(inputs, context) {
    return withSession(inputs, "JobStatusByID", async (session) => {
      const job = await session.job(inputs.JobID, callOptions(context));
      return {
        RemoteJobName: job.name,
        RemoteJobStatus: renderStatusWord(job.status),
        RemoteJobCommand: commandOf(job),
      };
    });
  },

  async CancelJob(inputs, context) {
    return withSession(inputs, "CancelJob", async (session) => {
      const answer = await session.cancel(inputs.CancelJobID, callOptions(context));
      context.notice(
        answer === "requested"
          ? `Job ${inputs.CancelJobID} is being cancelled.`
          : `Job ${inputs.CancelJobID} had ended already.`,
      );
      return {};
    });
  },
};

/** A filled-in form of SCARF's application, its fields in the order in which Mantid sent them. */
function tomographySpec(runnablePath: string, jobOptions: string, jobName: string): JobSpec {
  return {
    name: jobName,
    task: {
      kind: "application",
      application: chooseApplication(runnablePath, jobOptions),
      parameters: {
        INPUT_ARGS: jobOptions,
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
        JOB_NAME: jobName,
        INPUT_FILE: runnablePath,
      },
    },
  };
}

let jobNumber = 0;

/** Counts up within the process, as Mantid did. */
function nextJobName(): string {
  jobNumber += 1;
  return `Mantid_tomography_${jobNumber}`;
}

/** Resources that keep no command line say nothing. */
function commandOf(job: Job): string {
  return job.command ?? "";
}

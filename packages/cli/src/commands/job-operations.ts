import { Command } from "commander";
import type { JobId, Session } from "scarf-tomo";
import type { CommandContext } from "../command-context.js";
import { doPerJob } from "../per-job.js";
import { runCommand } from "../run-command.js";

interface Operation {
  readonly name: string;
  readonly description: string;
  /** Shown after the job's id when it is done. */
  readonly done: string;
  readonly perform: (session: Session, jobId: JobId, context: CommandContext) => Promise<void>;
}

const operations: readonly Operation[] = [
  {
    name: "hold",
    description: "keep a queued job from starting",
    done: "is held; let it go with: scarf release",
    perform: (session, jobId, { signal }) => session.hold(jobId, { signal }),
  },
  {
    name: "release",
    description: "let a held job start",
    done: "may start now.",
    perform: (session, jobId, { signal }) => session.release(jobId, { signal }),
  },
  {
    name: "suspend",
    description: "stop a running job for a while",
    done: "is suspended; let it go on with: scarf resume",
    perform: (session, jobId, { signal }) => session.suspend(jobId, { signal }),
  },
  {
    name: "resume",
    description: "let a suspended job go on",
    done: "goes on.",
    perform: (session, jobId, { signal }) => session.resume(jobId, { signal }),
  },
  {
    name: "requeue",
    description: "run a job again under the same id",
    done: "is queued again.",
    perform: (session, jobId, { signal }) => session.requeue(jobId, { signal }),
  },
];

/** `hold`, `release`, `suspend`, `resume` and `requeue`: one call each, for any number of jobs. */
export const jobOperationCommands: readonly (readonly [name: string, build: () => Command])[] =
  operations.map((operation) => [operation.name, () => buildCommand(operation)]);

function buildCommand({ name, description, done, perform }: Operation): Command {
  return new Command(name)
    .description(description)
    .argument("<jobs...>", "job ids")
    .action((jobIds: string[], _options: object, command: Command) =>
      runCommand(command, async (context) => {
        const session = await context.session();
        await doPerJob(context, jobIds, async (jobId) => {
          await perform(session, jobId, context);
          return { result: "done", remark: `Job ${jobId} ${done}${done.endsWith(".") ? "" : ` ${jobId}`}` };
        });
      }),
    );
}

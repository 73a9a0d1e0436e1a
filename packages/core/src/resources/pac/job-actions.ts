import { isScarfError, SchedulerError } from "../../errors/index.js";
import type { JobId, JobPhase } from "../../model/index.js";
import type { ActionAnswer } from "../../wire/index.js";
import type { CallOptions } from "../compute-resource.js";
import { isJobId } from "./job-id.js";
import type { PacJobs } from "./pac-jobs.js";
import type { PacService } from "./pac-service.js";
import type { PacAction, PacWire } from "./pac-wire.js";
import { oneLine } from "../session-errors.js";
import { jobRefusal, saysAlreadyFinished } from "./refusals.js";

/** What is done to jobs. */
export class PacActions {
  readonly #wire: PacWire;
  readonly #jobs: PacJobs;

  constructor(wire: PacWire, jobs: PacJobs) {
    this.#wire = wire;
    this.#jobs = jobs;
  }

  get #service(): PacService {
    return this.#wire.service;
  }

  async cancel(id: JobId, options: CallOptions = {}): Promise<"requested" | "already-finished"> {
    const answer = await this.#operate("kill", id, options).catch((error: unknown): ActionAnswer => {
      // Our gateway gives the same sentence with a code.
      if (!isScarfError(error) || error.code !== "OPERATION_REFUSED") throw error;
      if (!saysAlreadyFinished(error.message)) throw error;
      return { errorMessage: error.message };
    });
    if ("message" in answer) return "requested";
    if (saysAlreadyFinished(answer.errorMessage)) return "already-finished";
    throw jobRefusal(this.#service.who, answer.errorMessage, `cancel job ${id}`);
  }

  /**
   * Does `action` if the job is in one of `phases`. On this wire one word holds a queued job and suspends a running one, so the
   * phase is looked at first: what was meant as a hold must not stop a job that has begun in the meantime.
   * @returns what the service said.
   */
  async when(
    phases: readonly JobPhase[],
    action: PacAction,
    id: JobId,
    word: string,
    options: CallOptions = {},
  ): Promise<string> {
    const { status } = await this.#jobs.job(id, options);
    if (!phases.includes(status.phase)) {
      throw new SchedulerError("OPERATION_REFUSED", `Job ${id} can't be ${word}: it is ${status.phase}.`, {
        hint: `Only a job that is ${phases.join(" or ")} can be ${word}.`,
        context: { resource: this.#service.who.resourceId, jobId: id, phase: status.phase },
      });
    }
    const answer = await this.#operate(action, id, options);
    if ("message" in answer) return answer.message;
    throw jobRefusal(this.#service.who, answer.errorMessage, `${action} job ${id}`);
  }

  async userCommand(argv: readonly [string, ...string[]], options: CallOptions = {}): Promise<string> {
    const [program] = argv;
    if (!/^[A-Za-z][\w-]*$/.test(program) || argv.some((word) => /[\r\n\0]/.test(word))) {
      throw new SchedulerError(
        "OPERATION_REFUSED",
        `${JSON.stringify(program)} can't be run as a command of the scheduler.`,
        {
          hint: "Give the name of one of the scheduler's commands, such as bstop, and its arguments, each on one line.",
          context: { program },
        },
      );
    }
    const answer = await this.#wire.runCommand(argv, options);
    if ("message" in answer) return answer.message;
    throw jobRefusal(this.#service.who, answer.errorMessage, `run ${program}`);
  }

  #operate(action: PacAction, id: JobId, options: CallOptions): Promise<ActionAnswer> {
    const { resourceId } = this.#service.who;
    if (!isJobId(id)) {
      throw new SchedulerError("JOB_NOT_FOUND", `${oneLine(id)} can't be the id of a job on ${resourceId}.`, {
        hint: "List your jobs to see their ids: scarf jobs.",
        context: { resource: resourceId },
      });
    }
    return this.#wire.act(action, id, options);
  }
}

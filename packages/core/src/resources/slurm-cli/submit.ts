import { randomBytes } from "node:crypto";
import { isScarfError, SpecError, TransportError } from "../../errors/index.js";
import type { JobId, JobSpec, TransferProgress } from "../../model/index.js";
import { findQueueProblems, sbatch, showPartitions, SlurmRefusal } from "../../schedulers/slurm/index.js";
import type { CommandFiles } from "../../transfers/commands/command-files.js";
import { explainFileFailure } from "../../transfers/commands/file-failures.js";
import { sleep } from "../../transports/abort.js";
import type { CallOptions } from "../compute-resource.js";
import { unreadable } from "../session-errors.js";
import { findTestProblems } from "./find-test-problems.js";
import { describeTask, planJob, type SlurmCliPlan } from "./plan-job.js";
import { ambiguous, refuseProblems } from "../slurm-refusals.js";
import { submitRefused } from "./refusals.js";
import type { SlurmCliJobs } from "./slurm-cli-jobs.js";
import type { SlurmCliService } from "./slurm-cli-service.js";
import { lookScript, notBegunExitCode, recordScript, releaseScript, submitScript } from "./submit-scripts.js";

export interface SubmitSetup {
  readonly service: SlurmCliService;
  readonly jobs: SlurmCliJobs;
  readonly files: CommandFiles;
  readonly lookUpPausesSeconds: readonly number[];
  /** The own directory of the job with this key. */
  readonly findOwnDirectory: (submitKey: string, options: CallOptions) => Promise<string>;
}

export type SubmitOptions = CallOptions & {
  readonly submitKey: string;
  readonly onProgress?: (progress: TransferProgress) => void;
};

/** What is kept of a submit of this key. */
type Kept =
  | { readonly kind: "none" | "no-directory" }
  | { readonly kind: "begun"; readonly at: Date }
  | {
      readonly kind: "done";
      readonly claim: string;
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
    };

/** The command line is kept for lists of jobs only, and no argument may be long. */
const mostShownCharacters = 4_096;

/**
 * Submits so that one key makes one job. Whoever makes the claim in the job's own directory on the cluster sends it; what sbatch said is
 * kept there, whatever becomes of the connection. Where that is lost, too, the job is looked for by its comment, in the queue and in
 * the accounting; and what is not found is told as ambiguous, never sent twice.
 */
export async function submitOnce(setup: SubmitSetup, spec: JobSpec, options: SubmitOptions): Promise<JobId> {
  const own = await setup.findOwnDirectory(options.submitKey, options);
  const plan = planJob(spec, options.submitKey, own);
  const isRefused = plan.problems.some(({ severity }) => severity === "refused");
  const kept = isRefused ? undefined : await look(setup, plan, options);
  if (kept?.kind === "begun" || kept?.kind === "done") {
    const id = await findEarlier(setup, plan, kept, options);
    if (id !== undefined) return id;
  }
  refuseProblems(plan.problems);
  if (kept?.kind === "no-directory" && spec.workingDirectory !== undefined)
    throw new SpecError(
      "SPEC_REJECTED",
      `The job can't be submitted: workingDirectory: there is no directory ${plan.workingDirectory}.`,
      {
        hint: "Slurm would run it in /tmp. Make the directory first. No job was created.",
        context: { problems: ["workingDirectory"] },
      },
    );
  await checkOnCluster(setup, spec, plan, options);
  await sendFiles(setup, plan, options);
  return await send(setup, plan, describeTask(spec), options);
}

/** What Slurm would take and let wait for ever, or start at once although it should wait (22.05, for a job that it does not know). */
async function checkOnCluster(
  { service, jobs }: SubmitSetup,
  spec: JobSpec,
  plan: SlurmCliPlan,
  options: CallOptions,
): Promise<void> {
  refuseProblems(
    findQueueProblems(spec, await service.run(showPartitions(), "show the partitions", options)),
  );
  // Of what no node has sbatch makes a job that has failed (22.05), besides saying no.
  if (spec.resources !== undefined || spec.nativeOptions !== undefined)
    refuseProblems(await findTestProblems(service, spec, plan, options));
  const { dependencies = [] } = spec;
  if (dependencies.length === 0) return;
  const statuses = await jobs.status(
    dependencies.map(({ jobId }) => jobId),
    options,
  );
  dependencies.forEach(({ jobId, condition }, index) => {
    const status = statuses.get(jobId);
    const refuse = (message: string): void =>
      refuseProblems([
        { field: `dependencies[${index}].jobId`, message, severity: "refused", code: "SPEC_REJECTED" },
      ]);
    if (status === undefined || (status.phase === "unknown" && status.why === "not-listed"))
      refuse(`job ${jobId} is not there, or not yours`);
    if (status?.phase !== "finished") return;
    const isGood = status.outcome === "succeeded";
    if ((condition === "succeeded" && !isGood) || (condition === "failed" && isGood))
      refuse(`it would wait for ever: job ${jobId} has ended (${status.outcome})`);
  });
}

async function sendFiles({ files }: SubmitSetup, plan: SlurmCliPlan, options: SubmitOptions): Promise<void> {
  const bytesTotal = plan.files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  let before = 0;
  for (const { name, source } of plan.files) {
    await files.write(plan.ownDirectory, name, source, {
      overwrite: true,
      ...(options.signal !== undefined && { signal: options.signal }),
      onProgress: ({ bytesDone }) => options.onProgress?.({ bytesDone: before + bytesDone, bytesTotal }),
    });
    before += source.sizeBytes;
  }
}

/** Sends it once. @throws {SchedulerError} `SUBMIT_AMBIGUOUS`. Any other error but a transport's: no job was made. */
async function send(
  setup: SubmitSetup,
  plan: SlurmCliPlan,
  shown: string,
  options: SubmitOptions,
): Promise<JobId> {
  const { service } = setup;
  const command = sbatch(plan.options);
  const begunAt = new Date();
  let said: string;
  try {
    const claim = randomBytes(8).toString("hex");
    const words = [plan.ownDirectory, shown.slice(0, mostShownCharacters), claim, ...command.argv] as const;
    const output = await service.runProgram(
      ["sh", "-c", submitScript, "scarf", ...words],
      command.environment,
      options,
    );
    if (output.exitCode === notBegunExitCode) throw explainFileFailure(plan.ownDirectory, "write", output);
    if (output.exitCode !== 0)
      throw new TransportError(
        "CONNECTION_LOST",
        `The submit on ${service.who.resourceId} was ended before it could tell how it went (exit code ${output.exitCode}).`,
        {
          hint: "Submit it again with the same key: it is looked for first.",
          context: { resource: service.who.resourceId, exitCode: output.exitCode },
        },
      );
    said = output.stdout;
  } catch (error) {
    if (!isScarfError(error) || (error.code !== "CONNECTION_LOST" && error.code !== "RESPONSE_TIMEOUT"))
      throw error;
    const id = await findEarlier(setup, plan, { kind: "begun", at: begunAt }, options, error);
    if (id === undefined) throw error; // nothing was begun, or nothing made: the same key may be used again
    return id;
  }
  const kept: Kept = said.startsWith("taken") ? { kind: "begun", at: begunAt } : readKept(service, said);
  const id = await findEarlier(setup, plan, kept, options);
  if (id === undefined)
    throw new SpecError("SPEC_REJECTED", "Another submit with the same key was refused.", {
      hint: "Submit it again to hear why. No job was created.",
    });
  setup.jobs.noteSubmitted(id, plan.comment);
  return id;
}

/**
 * The job of a submit that was begun, by this call, before, or by another process. Undefined: no job was made, and the key is free.
 * @throws what sbatch refused. @throws {SchedulerError} `SUBMIT_AMBIGUOUS`
 */
async function findEarlier(
  setup: SubmitSetup,
  plan: SlurmCliPlan,
  first: Kept,
  options: SubmitOptions,
  cause?: unknown,
): Promise<JobId | undefined> {
  const { service, jobs } = setup;
  let kept = first;
  for (const seconds of [0, ...setup.lookUpPausesSeconds]) {
    if (kept.kind === "none" || kept.kind === "no-directory") return undefined;
    if (kept.kind === "done") {
      const id = await settle(setup, plan, kept, options);
      if (id !== undefined) return id;
    }
    await sleep(seconds, options.signal);
    try {
      const since = kept.kind === "begun" ? kept.at : new Date(Date.now() - 86_400_000);
      const found = await jobs.findByKey(options.submitKey, since, options);
      if (found !== undefined) {
        await service.runProgram(["sh", "-c", recordScript, "scarf", plan.ownDirectory, found], {}, options);
        return found;
      }
      kept = await look(setup, plan, options);
    } catch (error) {
      // A controller that was killed, or a connection that is lost, is asked until it is back.
      if (
        !isScarfError(error) ||
        !["SCHEDULER_UNAVAILABLE", "CONNECTION_LOST", "CONNECTION_FAILED", "RESPONSE_TIMEOUT"].includes(
          error.code,
        )
      )
        throw error;
    }
  }
  throw ambiguous(service.who, options.submitKey, cause);
}

/** The id that sbatch gave. Undefined: it can't be said from this whether a job was made. @throws what it refused */
async function settle(
  { service, jobs }: SubmitSetup,
  plan: SlurmCliPlan,
  { claim, exitCode, stdout, stderr }: Extract<Kept, { readonly kind: "done" }>,
  options: SubmitOptions,
): Promise<JobId | undefined> {
  try {
    return sbatch([]).parse({ exitCode, stdout, stderr });
  } catch (error) {
    if (!(error instanceof SlurmRefusal) || error.kind === "lost" || (exitCode > 128 && exitCode !== 255))
      return undefined;
    // A text that nobody knows may be one more by which an answer is lost: then the job is there, or its controller is not.
    if (error.kind === "refused") {
      const found = await jobs
        .findByKey(options.submitKey, new Date(Date.now() - 86_400_000), options)
        .catch((failure: unknown) => {
          if (isScarfError(failure) && failure.code === "ABORTED") throw failure;
          return "not-told" as const;
        });
      if (found !== undefined) return found === "not-told" ? undefined : found;
    }
    await service.runProgram(["sh", "-c", releaseScript, "scarf", plan.ownDirectory, claim], {}, options);
    throw error.kind === "unavailable" || error.kind === "no-command"
      ? service.unavailable(error)
      : submitRefused(service.who, error);
  }
}

async function look({ service }: SubmitSetup, plan: SlurmCliPlan, options: CallOptions): Promise<Kept> {
  const argv = ["sh", "-c", lookScript, "scarf", plan.ownDirectory, plan.workingDirectory] as const;
  const output = await service.runProgram(argv, {}, options);
  if (output.exitCode !== 0) throw explainFileFailure(plan.ownDirectory, "write", output);
  return readKept(service, output.stdout);
}

function readKept(service: SlurmCliService, text: string): Kept {
  const [word = "", ...lines] = text.split("\n");
  if (word === "none" || word === "no-directory") return { kind: word };
  if (word === "begun") return { kind: "begun", at: new Date(Number(lines[0] ?? 0) * 1_000) };
  const [first = "", ...rest] = lines;
  const [, code = "", claim = ""] = /^(\d{1,3}) (\w+)$/.exec(first) ?? [];
  if (word !== "done" || code === "")
    throw unreadable(service.who, "submit the job", new RangeError(JSON.stringify(text.slice(0, 200))));
  const [stdout = "", stderr = ""] = rest.join("\n").split("\0");
  return { kind: "done", claim, exitCode: Number(code), stdout, stderr };
}

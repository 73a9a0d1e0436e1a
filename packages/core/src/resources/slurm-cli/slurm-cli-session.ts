import { createHash } from "node:crypto";
import { posix } from "node:path";
import { NotSupportedError, SchedulerError, ValueError } from "../../errors/index.js";
import type {
  Capabilities,
  Job,
  JobId,
  JobPhase,
  JobQuery,
  JobSpec,
  JobStatus,
  Queue,
  SpecProblem,
} from "../../model/index.js";
import {
  countJobs,
  findQueueProblems,
  parseSlurmJobId,
  scancel,
  scontrol,
  type ScontrolVerb,
  showPartitions,
  type SlurmCommand,
  type SlurmJobRef,
  SlurmRefusal,
  type SlurmSpecProblem,
} from "../../schedulers/slurm/index.js";
import { CommandFiles, type CommandFilesRoots } from "../../transfers/commands/command-files.js";
import { quoteWords } from "../../wire/index.js";
import type {
  CallOptions,
  ComputeResource,
  JobFiles,
  RemoteFiles,
  SavedSession,
  Session,
  TransferOptions,
} from "../compute-resource.js";
import { unreadable } from "../session-errors.js";
import { withoutSecrets } from "../without-secrets.js";
import { findTestProblems } from "./find-test-problems.js";
import { planJob } from "./plan-job.js";
import { jobNotFound, operationRefused, refuseProblems } from "../slurm-refusals.js";
import { SlurmCliJobFiles } from "./slurm-cli-job-files.js";
import { SlurmCliJobs } from "./slurm-cli-jobs.js";
import type { SlurmCliService } from "./slurm-cli-service.js";
import { type SubmitOptions, submitOnce } from "./submit.js";
import { commandScript } from "./submit-scripts.js";

export interface SlurmCliSessionSetup {
  readonly resource: ComputeResource;
  readonly service: SlurmCliService;
  readonly sharedDirectories: readonly string[];
  readonly lookUpPausesSeconds: readonly number[];
  /** The user's own directory there; absent: it is asked for. */
  readonly home: string | undefined;
}

/** Slurm's commands that users may run by name; each of them asks, or changes what is theirs. */
const userCommands: ReadonlySet<string> = new Set([
  "sacct",
  "scancel",
  "scontrol",
  "sinfo",
  "sprio",
  "squeue",
  "sshare",
  "sstat",
]);

/** One user of a cluster whose commands can be run. */
export class SlurmCliSession implements Session {
  readonly resource: ComputeResource;
  readonly userName: string;
  readonly capabilities: Capabilities;
  readonly expiresAt = undefined;
  readonly files: RemoteFiles;
  readonly #setup: SlurmCliSessionSetup;
  readonly #service: SlurmCliService;
  readonly #jobs: SlurmCliJobs;
  readonly #anywhere: CommandFiles;
  /** What has been asked once: it stays. */
  readonly #directories = new Map<JobId, string>();
  #home: string | undefined;

  constructor(setup: SlurmCliSessionSetup) {
    this.resource = setup.resource;
    this.userName = setup.service.who.userName;
    this.capabilities = setup.resource.capabilities;
    this.#setup = setup;
    this.#service = setup.service;
    this.#home = setup.home;
    this.#jobs = new SlurmCliJobs(this.#service);
    const transport = lazily(this.#service);
    this.files = new CommandFiles(transport, async (options) => this.#roots(options));
    this.#anywhere = new CommandFiles(transport, async () => ({ home: "/", shared: [] }));
  }

  async validate(spec: JobSpec, options: CallOptions = {}): Promise<readonly SpecProblem[]> {
    this.#service.begin(options);
    const own = await this.#ownDirectory("", options);
    const plan = planJob(spec, "", own);
    const problems: SlurmSpecProblem[] = [...plan.problems];
    if (!problems.some(({ severity }) => severity === "refused")) {
      const queues = await this.#service.run(showPartitions(), "show the partitions", options);
      problems.push(...findQueueProblems(spec, queues));
    }
    if (!problems.some(({ severity }) => severity === "refused"))
      problems.push(...(await findTestProblems(this.#service, spec, plan, options)));
    return problems.map(({ field, message, severity }) => ({ field, message, severity }));
  }

  async explain(spec: JobSpec, options: CallOptions = {}): Promise<string> {
    this.#service.begin(options);
    const own = await this.#ownDirectory("SUBMIT-KEY", options);
    const plan = planJob(withoutSecrets(spec), "SUBMIT-KEY", own);
    refuseProblems(plan.problems);
    return [
      ...plan.files.map(({ name, source }) => `[${own}/${name}: ${source.sizeBytes} bytes]`),
      quoteWords(["sbatch", "--parsable", ...plan.options]),
      "",
      plan.script.trimEnd(),
      ...plan.problems.map(({ severity, field, message }) => `[${severity}: ${field}: ${message}]`),
    ].join("\n");
  }

  async submit(spec: JobSpec, options: SubmitOptions & Pick<TransferOptions, "onProgress">): Promise<JobId> {
    this.#service.begin(options);
    if (options.submitKey === "")
      throw new ValueError("USAGE_INVALID", "A submit key is needed, and it can't be empty.");
    const setup = {
      service: this.#service,
      jobs: this.#jobs,
      files: this.#anywhere,
      lookUpPausesSeconds: this.#setup.lookUpPausesSeconds,
      findOwnDirectory: (key: string, call: CallOptions) => this.#ownDirectory(key, call),
    };
    return await submitOnce(setup, spec, options);
  }

  async status(ids: readonly JobId[], options: CallOptions = {}): Promise<ReadonlyMap<JobId, JobStatus>> {
    this.#service.begin(options);
    return await this.#jobs.status(ids, options);
  }

  async job(id: JobId, options: CallOptions = {}): Promise<Job> {
    this.#service.begin(options);
    const job = await this.#jobs.job(id, options);
    if (job.submitKey === undefined) return job;
    const own = await this.#ownDirectory(job.submitKey, options);
    const { stdout: command } = await this.#service.runProgram(
      ["sh", "-c", commandScript, "scarf", own],
      {},
      options,
    );
    return command === "" ? job : { ...job, command };
  }

  async list(query: JobQuery = {}, options: CallOptions = {}): Promise<readonly Job[]> {
    this.#service.begin(options);
    return await this.#jobs.list(query, options);
  }

  async cancel(id: JobId, options: CallOptions = {}): Promise<"requested" | "already-finished"> {
    this.#service.begin(options);
    const { status } = await this.#jobs.job(id, options);
    if (status.phase === "finished") return "already-finished";
    const ref = this.#ref(id);
    const done = await this.#change(id, scancel(ref), options);
    if (status.phase === "queued" || status.phase === "held") this.#jobs.noteCancelled(ref);
    return done === "already-finished" ? done : "requested";
  }

  async hold(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#control("hold", id, ["queued", "held"], options);
  }

  async release(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#control("release", id, ["held", "queued"], options);
  }

  /** By SIGSTOP to all its processes: `scontrol suspend` is for operators only. The job keeps its nodes. */
  async suspend(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["running"], options);
    await this.#change(id, scancel(this.#ref(id), "SIGSTOP"), options);
  }

  async resume(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#require(id, ["suspended"], options);
    await this.#change(id, scancel(this.#ref(id), "SIGCONT"), options);
  }

  async requeue(id: JobId, options: CallOptions = {}): Promise<void> {
    await this.#control("requeue", id, ["running", "suspended", "finished"], options);
  }

  async queues(options: CallOptions = {}): Promise<readonly Queue[]> {
    this.#service.begin(options);
    const [queues, counts] = await Promise.all([
      this.#service.run(showPartitions(), "show the partitions", options),
      this.#service.run(countJobs(), "count the jobs", options),
    ]);
    return queues.map((queue) => {
      const { running: runningJobs = 0, queued: queuedJobs = 0 } = counts.get(queue.name) ?? {};
      return Object.assign({ runningJobs, queuedJobs }, queue);
    });
  }

  async applications(options: CallOptions = {}): Promise<never> {
    return this.#refuseForms(options);
  }

  async applicationForm(_application: string, options: CallOptions = {}): Promise<never> {
    return this.#refuseForms(options);
  }

  async runUserCommand(argv: readonly [string, ...string[]], options: CallOptions = {}): Promise<string> {
    this.#service.begin(options);
    if (!userCommands.has(argv[0]))
      throw new NotSupportedError(
        "NOT_SUPPORTED",
        `\`${argv[0].slice(0, 80)}\` is no command that can be run here.`,
        {
          hint: `These can: ${[...userCommands].join(", ")}. Submit others as a job.`,
        },
      );
    const output = await this.#service.runProgram(argv, {}, options);
    if (output.exitCode === 0) return output.stdout;
    const refusal = new SlurmRefusal(output);
    throw new SchedulerError(
      "OPERATION_REFUSED",
      `${argv[0]} ended with exit code ${output.exitCode}: ${refusal.message.slice(0, 500)}.`,
      {
        hint: "Change the command as the message says.",
        context: { program: argv[0], exitCode: output.exitCode },
      },
    );
  }

  jobFiles(id: JobId): JobFiles {
    return new SlurmCliJobFiles(
      new CommandFiles(lazily(this.#service), async (options) => {
        this.#service.begin(options);
        return { home: await this.#jobDirectory(id, options), shared: [] };
      }),
    );
  }

  save(): SavedSession {
    this.#service.begin();
    return {
      resourceId: this.resource.id,
      userName: this.userName,
      savedAt: new Date().toISOString(),
      state: this.#home === undefined ? {} : { home: this.#home },
    };
  }

  async logOut(options: CallOptions = {}): Promise<void> {
    this.#service.begin(options);
    await this.#service.end();
  }

  async #control(
    verb: ScontrolVerb,
    id: JobId,
    phases: readonly JobPhase[],
    options: CallOptions,
  ): Promise<void> {
    await this.#require(id, phases, options);
    await this.#change(id, scontrol(verb, this.#ref(id)), options);
  }

  async #require(id: JobId, phases: readonly JobPhase[], options: CallOptions): Promise<void> {
    this.#service.begin(options);
    const { status } = await this.#jobs.job(id, options);
    if (!phases.includes(status.phase))
      throw operationRefused(this.#service.who, id, `it is ${status.phase}`);
  }

  async #change<Result>(id: JobId, command: SlurmCommand<Result>, options: CallOptions): Promise<Result> {
    try {
      return await this.#service.run(command, "change the job", options);
    } catch (error) {
      if (!(error instanceof SlurmRefusal)) throw error;
      if (error.kind === "no-such-job") throw jobNotFound(this.#service.who, id);
      throw operationRefused(this.#service.who, id, error.message);
    }
  }

  #ref(id: JobId): SlurmJobRef {
    const ref = parseSlurmJobId(id);
    if (ref === undefined) throw jobNotFound(this.#service.who, id);
    return ref;
  }

  #refuseForms(options: CallOptions): never {
    this.#service.begin(options);
    throw new NotSupportedError(
      "NOT_SUPPORTED",
      `${this.resource.id} knows commands and scripts only, no forms.`,
      {
        hint: "Expand the form by a template first (ApplicationCatalogue.expandSpec).",
        context: { resource: this.resource.id },
      },
    );
  }

  async #roots(options: CallOptions): Promise<CommandFilesRoots> {
    this.#service.begin(options);
    return { home: await this.#findHome(options), shared: this.#setup.sharedDirectories };
  }

  /** Where the attachments of the job with this key lie, and where it runs unless told otherwise. */
  async #ownDirectory(submitKey: string, options: CallOptions): Promise<string> {
    const digest = createHash("sha256").update(submitKey).digest("hex").slice(0, 32);
    return posix.join(await this.#findHome(options), "scarf-jobs", digest);
  }

  async #jobDirectory(id: JobId, options: CallOptions): Promise<string> {
    const known = this.#directories.get(id);
    if (known !== undefined) return known;
    const { submitKey, workingDirectory } = await this.#jobs.job(id, options);
    const directory =
      submitKey === undefined ? workingDirectory : await this.#ownDirectory(submitKey, options);
    if (directory === undefined) throw jobNotFound(this.#service.who, id);
    this.#directories.set(id, directory);
    return directory;
  }

  async #findHome(options: CallOptions): Promise<string> {
    if (this.#home !== undefined) return this.#home;
    const { stdout } = await this.#service.runProgram(["sh", "-c", 'cd && printf "%s" "$PWD"'], {}, options);
    const home = stdout.split("\n").at(-1) ?? "";
    if (!home.startsWith("/")) throw unreadable(this.#service.who, "find the user's directory", undefined);
    return (this.#home = home);
  }
}

/** The transport, asked for anew by each call: after a log-out there is none. */
function lazily(service: SlurmCliService): ConstructorParameters<typeof CommandFiles>[0] {
  return {
    description: `${service.who.userName} on ${service.who.resourceId}`,
    run: async (argv, options = {}) => service.begin(options).run(argv, options),
    stream: async (argv, options = {}) => service.begin(options).stream(argv, options),
    close: async () => {},
  };
}

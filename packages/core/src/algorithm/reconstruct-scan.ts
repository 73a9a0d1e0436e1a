import { basename } from "node:path";
import { ApplicationCatalogue, prepareApplication } from "../applications/index.js";
import { isScarfError, SpecError } from "../errors/index.js";
import type { FinishedStatus, JobId, JobSpec, JobStatus } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { submitOnce } from "../sessions/submit-once.js";
import { type DownloadedJobFile, downloadJobFiles } from "../transfers/index.js";
import { readLastLines, waitForJob } from "../watch/index.js";
import { checkResultsDirectory } from "./check-results-directory.js";
import { lostJob, unsuccessfulJob } from "./job-end-errors.js";
import { JobOutput } from "./job-output.js";
import type { ReconstructOptions } from "./reconstruct-options.js";
import { parseCentreLine, parseProgressLine } from "./parse-job-line.js";
import type {
  FetchedFile,
  ReconstructionEvent,
  ReconstructionReport,
  ReconstructionStage,
  RotationCentre,
  StageTime,
} from "./reconstruction-report.js";
import { readRecordedCentre } from "./read-recorded-centre.js";
import { type SentScan, sendScan } from "./send-scan.js";
import { stageError } from "./stage-error.js";

/**
 * The whole journey of a scan: to the cluster, through a job, and back as slices.
 *
 * Ends well only if the job succeeded and every file of it lies complete in `directory`.
 * @throws a ScarfError whose message says at which stage it failed, what goes on at the cluster and how to take it up; its
 * context has `stage`, `jobId` (once there is one) and `stages`. `JOB_NOT_SUCCEEDED`: the job ended in another way.
 */
export async function reconstructScan(
  session: Session,
  scanFile: string,
  options: ReconstructOptions,
  onEvent: (event: ReconstructionEvent) => void = () => undefined,
): Promise<ReconstructionReport> {
  if (options.download !== false) await checkResultsDirectory(options.directory, options.overwrite);
  return new Reconstruction(session, scanFile, options, onEvent).run();
}

class Reconstruction {
  readonly #session: Session;
  readonly #scanFile: string;
  readonly #options: ReconstructOptions;
  readonly #onEvent: (event: ReconstructionEvent) => void;
  readonly #call: CallOptions;
  readonly #stages: StageTime[] = [];
  #jobId: JobId | undefined;
  #centre: RotationCentre | undefined;

  constructor(
    session: Session,
    scanFile: string,
    options: ReconstructOptions,
    onEvent: (event: ReconstructionEvent) => void,
  ) {
    this.#session = session;
    this.#scanFile = scanFile;
    this.#options = options;
    this.#onEvent = onEvent;
    this.#call = options.signal === undefined ? {} : { signal: options.signal };
    this.#jobId = options.jobId;
  }

  async run(): Promise<ReconstructionReport> {
    const application = this.#options.application ?? "recon";
    const sent = this.#jobId === undefined ? await this.#place() : undefined;
    const jobId = this.#jobId ?? (await this.#stage("submit", () => this.#submit(application, sent)));
    this.#jobId = jobId;
    if (sent === undefined) await this.#stage("queue", () => this.#session.job(jobId, this.#call));
    const status = await this.#watch(jobId);
    const files =
      this.#options.download === false
        ? []
        : await this.#stage("download", () => this.#download(jobId, sent));
    const centre = (await readRecordedCentre(files)) ?? this.#centre;
    return {
      resourceId: this.#session.resource.id,
      userName: this.#session.userName,
      application,
      scanFile: this.#scanFile,
      ...(sent?.path !== undefined && { remoteScan: sent.path }),
      jobId,
      status,
      stages: this.#stages,
      directory: this.#options.directory,
      files,
      ...(centre !== undefined && { centre }),
    };
  }

  async #stage<Result>(stage: ReconstructionStage, work: () => Promise<Result>): Promise<Result> {
    const end = this.#begin(stage);
    try {
      const result = await work();
      end();
      return result;
    } catch (error) {
      throw this.#explain(stage, error);
    }
  }

  #begin(stage: ReconstructionStage): () => void {
    const startedAt = new Date();
    const started = performance.now();
    this.#onEvent({ kind: "stage-started", stage });
    return () => {
      const time = { stage, startedAt, seconds: (performance.now() - started) / 1000 };
      this.#stages.push(time);
      this.#onEvent({ kind: "stage-ended", ...time });
    };
  }

  #explain(stage: ReconstructionStage, error: unknown): unknown {
    if (!isScarfError(error)) return error;
    return stageError(error, {
      stage,
      stages: this.#stages,
      jobId: this.#jobId,
      resourceId: this.#session.resource.id,
      // On this machine whoever runs a command is the user.
      ...(this.#session.capabilities.password && { userName: this.#session.userName }),
      directory: this.#options.directory,
    });
  }

  #place(): Promise<SentScan> {
    const path = this.#scanFile;
    if (this.#options.scanIsThere === true) return Promise.resolve({ value: path, path });
    return this.#stage("upload", () => this.#send());
  }

  #send(): Promise<SentScan> {
    const { remoteDirectory, replaceScan, retry } = this.#options;
    const file = basename(this.#scanFile);
    return sendScan(this.#session, this.#scanFile, {
      ...this.#call,
      remoteDirectory,
      replaceScan,
      retry,
      onProgress: (progress) => this.#onEvent({ kind: "transfer", stage: "upload", file, ...progress }),
    });
  }

  async #submit(application: string, sent: SentScan | undefined): Promise<JobId> {
    const { parameters = {}, queue, resources, journal, retry = {} } = this.#options;
    const applications = this.#options.applications ?? (await ApplicationCatalogue.load());
    const name = this.#options.jobName ?? parameters["JOB_NAME"] ?? jobNameOf(application, this.#scanFile);
    const field = this.#options.scanField ?? scanFieldOf(applications, application);
    const form: JobSpec = {
      task: {
        kind: "application",
        application,
        parameters: { ...parameters, JOB_NAME: name, [field]: sent?.value ?? "" },
      },
      name,
      ...(queue !== undefined && { queue }),
      ...(resources !== undefined && { resources }),
      ...(sent?.attachment !== undefined && { attachments: [sent.attachment] }),
    };
    const spec = await prepareApplication(this.#session, () => applications, form, this.#call);
    const file = basename(this.#scanFile);
    const { jobId } = await submitOnce(this.#session, spec, {
      ...this.#call,
      ...(journal !== undefined && { journal }),
      retry,
      onProgress: (progress) => this.#onEvent({ kind: "transfer", stage: "submit", file, ...progress }),
    });
    this.#onEvent({ kind: "submitted", jobId });
    return jobId;
  }

  /** The stages `queue` and `run`. */
  async #watch(jobId: JobId): Promise<FinishedStatus> {
    let stage: ReconstructionStage = "queue";
    let end = this.#begin(stage);
    const output = new JobOutput(this.#session, jobId, (line) => this.#readLine(line));
    let hasEnded = false;
    const onChange = (status: JobStatus): void => {
      if (hasEnded) return;
      hasEnded = status.phase === "finished";
      this.#onEvent({ kind: "status", jobId, status });
      const waits = status.phase === "queued" || status.phase === "held" || status.phase === "unknown";
      if (stage === "run" || waits) return;
      end();
      stage = "run";
      end = this.#begin(stage);
      output.start();
    };
    try {
      const result = await waitForJob(this.#session, jobId, {
        ...this.#call,
        onChange,
        onEvent: (event) => {
          if (event.kind === "stale" || event.kind === "paused")
            this.#onEvent({ kind: "out-of-sight", error: event.error });
        },
      });
      if (result.ended !== "finished") throw lostJob(jobId, this.#session.resource.id, result);
      onChange(result.status);
      await output.finish(secondsForOutput);
      if (result.status.outcome !== "succeeded") throw await this.#unsuccessful(jobId, result.status, output);
      end();
      return result.status;
    } catch (error) {
      throw this.#explain(stage, error);
    } finally {
      output.stop();
    }
  }

  async #unsuccessful(jobId: JobId, status: FinishedStatus, output: JobOutput): Promise<Error> {
    const errors = await readLastLines(this.#session, jobId, "error", { ...this.#call, count: 20 });
    return unsuccessfulJob(jobId, this.#session.resource.id, status, [...output.lastLines, ...errors]);
  }

  #readLine(line: string): void {
    this.#onEvent({ kind: "output", line });
    const progress = parseProgressLine(line);
    if (progress !== undefined) this.#onEvent({ kind: "progress", ...progress });
    this.#centre = parseCentreLine(line) ?? this.#centre;
  }

  async #download(jobId: JobId, sent: SentScan | undefined): Promise<readonly FetchedFile[]> {
    const { directory, overwrite = "error", retry = {} } = this.#options;
    const entries = await this.#session.jobFiles(jobId).list(undefined, this.#call);
    const names = entries
      .filter(
        ({ kind, name }) =>
          name !== sent?.attachment?.name && (kind === "file" || this.#session.capabilities.fileBrowsing),
      )
      .map(({ name }) => name);
    const { files, failures } = await downloadJobFiles(this.#session, jobId, {
      ...this.#call,
      directory,
      names,
      overwrite,
      retry,
      onProgress: ({ currentName, bytesDone, bytesTotal }) =>
        this.#onEvent({
          kind: "transfer",
          stage: "download",
          file: currentName,
          bytesDone,
          ...(bytesTotal !== undefined && { bytesTotal }),
        }),
    });
    const [failure] = failures;
    if (failure !== undefined) throw failure.error;
    return files.map(toFetchedFile);
  }
}

/** An ended job's output is complete; this is for the way here. */
const secondsForOutput = 10;

function jobNameOf(application: string, scanFile: string): string {
  const stem = basename(scanFile).replace(/\.[^.]*$/, "");
  return `${application}_${stem}`.replaceAll(/[^A-Za-z0-9_.-]/g, "_").slice(0, 60);
}

function scanFieldOf(applications: ApplicationCatalogue, application: string): string {
  // An application of the resource's own that we have no form of.
  if (!applications.names().includes(application)) return "INPUT";
  const field = applications.form(application).fields.find(({ type }) => type === "file");
  if (field !== undefined) return field.id;
  throw new SpecError("SPEC_INVALID", `Application ${application} has no field that takes a scan`, {
    hint: "Say with `scanField` which field names the scan, or take another application.",
    context: { application },
  });
}

function toFetchedFile({ name, path, sizeBytes, sha256 }: DownloadedJobFile): FetchedFile {
  return { name, path, sizeBytes, ...(sha256 !== undefined && { sha256 }) };
}

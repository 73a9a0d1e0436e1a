import { NotSupportedError, SchedulerError } from "../../errors/index.js";
import type {
  ByteRange,
  ByteSource,
  FileReading,
  JobId,
  RemoteFile,
  WrittenFile,
} from "../../model/index.js";
import { baseName, type JobFileEntry } from "../../wire/index.js";
import type { CallOptions, JobFiles, ReadOptions, WriteOptions } from "../compute-resource.js";
import { checkPositions, noRanges } from "../reading-ranges.js";
import { readFiles } from "./download.js";
import type { FileRequest, NamedReading } from "./file-readings.js";
import { isJobId } from "./job-id.js";
import type { PacService } from "./pac-service.js";
import type { PacWire } from "./pac-wire.js";
import { oneLine } from "../session-errors.js";
import { checkJobPath } from "./remote-paths.js";
import { upload } from "./upload.js";

/** Files of one job. */
export class PacJobFiles implements JobFiles {
  readonly #wire: PacWire;
  readonly #id: JobId;

  constructor(wire: PacWire, id: JobId) {
    this.#wire = wire;
    this.#id = id;
  }

  get #service(): PacService {
    return this.#wire.service;
  }

  async list(directory = "", options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    const entries = await this.#entries(
      directory === "" || directory === "." ? "" : checkJobPath(directory, this.#service.isGateway),
      options,
    );
    return entries.map(({ path, kind, sizeBytes, readable }) => ({
      path,
      name: this.#service.isGateway ? lastPart(path) : (baseName(path) ?? path),
      kind,
      sizeBytes,
      readable,
    }));
  }

  async read(path: string, range: ByteRange = {}, options: ReadOptions = {}): Promise<FileReading> {
    const whole = (range.offset ?? 0) === 0 && range.length === undefined;
    if (!whole && !this.#service.isGateway) throw noRanges();
    checkPositions(range);
    const clean = checkJobPath(path, this.#service.isGateway);
    const known = await this.#knownFiles([clean], options);
    const readings = readFiles(this.#wire, this.#checkedId(), [request(clean, known)], {
      ...options,
      ...(!whole && { range }),
    });
    const first = await readings.next();
    if (first.done === true) throw new Error("A reading of one file gave neither the file nor an error.");
    return { ...first.value, chunks: thenClose(first.value.chunks, readings) };
  }

  async *readMany(paths: readonly string[], options: ReadOptions = {}): AsyncIterable<NamedReading> {
    const clean = paths.map((path) => checkJobPath(path, this.#service.isGateway));
    const known = await this.#knownFiles(clean, options);
    yield* readFiles(
      this.#wire,
      this.#checkedId(),
      clean.map((path) => request(path, known)),
      options,
    );
  }

  write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    return upload(this.#wire, { jobId: this.#checkedId(), directory, name, source }, options);
  }

  /** Sizes and permissions of files directly in the job's directory; our gateway tells them with each file. */
  async #knownFiles(
    paths: readonly string[],
    options: CallOptions,
  ): Promise<ReadonlyMap<string, JobFileEntry>> {
    const needed = !this.#service.isGateway && paths.some((path) => !path.includes("/"));
    const entries = needed ? await this.#entries("", options) : [];
    return new Map(entries.flatMap((entry) => nameOf(entry)));
  }

  async #entries(directory: string, options: CallOptions): Promise<readonly JobFileEntry[]> {
    const { who, isGateway } = this.#service;
    if (directory !== "" && !isGateway) {
      throw new NotSupportedError(
        "NOT_SUPPORTED",
        `${who.resourceId} lists only what lies directly in a job's directory.`,
        {
          hint: "Let the job pack its sub-directory into one file and fetch that.",
          context: { resource: who.resourceId, directory },
        },
      );
    }
    return this.#wire.listFiles(this.#checkedId(), directory, options);
  }

  #checkedId(): JobId {
    if (isJobId(this.#id)) return this.#id;
    throw new SchedulerError("JOB_NOT_FOUND", `${oneLine(this.#id)} can't be the id of a job.`, {
      hint: "List your jobs to see their ids: scarf jobs.",
      context: { resource: this.#service.who.resourceId },
    });
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function request(path: string, known: ReadonlyMap<string, JobFileEntry>): FileRequest {
  const entry = path.includes("/") ? undefined : known.get(path);
  return { path, entry };
}

function nameOf(entry: JobFileEntry): readonly [string, JobFileEntry][] {
  const name = baseName(entry.path);
  return name === undefined ? [] : [[name, entry]];
}

/** Lets the connection go when the one file has been read, or is no longer wanted. */
async function* thenClose(
  chunks: AsyncIterable<Uint8Array>,
  readings: AsyncGenerator<unknown, void, undefined>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let whole = false;
  try {
    yield* chunks;
    whole = true;
    // What stands behind the file: the closing delimiter, or a cut.
    await readings.next();
  } finally {
    if (!whole) await readings.return();
  }
}

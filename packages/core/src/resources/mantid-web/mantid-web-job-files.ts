import { FileError, isScarfError, type ScarfError } from "../../errors/index.js";
import { typedError } from "../../errors/typed-error.js";
import type {
  ByteRange,
  ByteSource,
  FileReading,
  JobId,
  RemoteFile,
  WrittenFile,
} from "../../model/index.js";
import { type HttpAnswer, isHtml } from "../../transports/http/index.js";
import { isHeaderSafeFileName, linuxFileName, type MantidFile, parseMantidFiles } from "../../wire/index.js";
import type { CallOptions, JobFiles, ReadOptions, WriteOptions } from "../compute-resource.js";
import { asTransfer, openFilePart } from "../file-readings.js";
import { checkPositions, checkRange, readingHeaders } from "../reading-ranges.js";
import { pageInsteadOfAnswer } from "../session-errors.js";
import type { MantidWebJobs } from "./mantid-web-jobs.js";
import type { MantidWebService } from "./mantid-web-service.js";
import { notSupported } from "./refusals.js";
import { uploadToTransaction } from "./upload.js";

/** Files of one job: those of its transaction. */
export class MantidWebJobFiles implements JobFiles {
  readonly #service: MantidWebService;
  readonly #jobs: MantidWebJobs;
  readonly #id: JobId;

  constructor(service: MantidWebService, jobs: MantidWebJobs, id: JobId) {
    this.#service = service;
    this.#jobs = jobs;
    this.#id = id;
  }

  async list(directory = "", options: CallOptions = {}): Promise<readonly RemoteFile[]> {
    const below = this.#checkDirectory(directory);
    const TransID = await this.#jobs.transactionOf(this.#id, options);
    const files = await this.#service.json(
      {
        call: "files",
        query: { TransID, ...(below !== "" && { Directory: below }) },
        repeatable: true,
        signal: options.signal,
        doing: "list files",
      },
      parseMantidFiles,
    );
    return files.map((file) => toRemoteFile(file, below));
  }

  async read(path: string, range: ByteRange = {}, options: ReadOptions = {}): Promise<FileReading> {
    const clean = this.#checkPath(path);
    const isWhole = (range.offset ?? 0) === 0 && range.length === undefined;
    const { isGateway } = this.#service;
    if (!isWhole && !isGateway)
      throw notSupported(this.#service.who, "give parts of files", "Read the whole file.");
    checkPositions(range);
    const wanted = { ...options, ...(!isWhole && { range }) };
    const TransID = await this.#jobs.transactionOf(this.#id, options);
    const asking = this.#service.open({
      call: "download",
      query: { TransID, File: clean },
      ...(isGateway && { headers: readingHeaders(wanted) }),
      repeatable: true,
      signal: options.signal,
      doing: `give ${clean}`,
      explain: ({ httpStatus }) =>
        httpStatus === 400 || httpStatus === 404 ? missing(clean, this.#id) : undefined,
    });
    const answer = await asking.catch((error: unknown) => {
      throw isScarfError(error) && error.code === "FILE_NOT_FOUND" ? missing(clean, this.#id) : error;
    });
    await this.#refusePage(answer, clean);
    checkRange(answer, wanted);
    if (isGateway && answer.headers["content-type"]?.startsWith("multipart/") === true)
      return openFilePart(answer, clean);
    return {
      ...(answer.sizeBytes !== undefined && { sizeBytes: answer.sizeBytes }),
      chunks: asTransfer(answer.chunks, clean),
    };
  }

  async *readMany(
    paths: readonly string[],
    options: ReadOptions = {},
  ): AsyncIterable<FileReading & { readonly path: string }> {
    for (const path of paths) {
      const reading = await this.read(path, {}, options).catch((error: unknown) => {
        throw isScarfError(error) ? withPath(error, path) : error;
      });
      yield { ...reading, path };
    }
  }

  async write(
    directory: string,
    name: string,
    source: ByteSource,
    options: WriteOptions = {},
  ): Promise<WrittenFile> {
    const below = this.#checkDirectory(directory);
    const isFit = this.#service.isGateway ? linuxFileName(name) !== undefined : isHeaderSafeFileName(name);
    if (!isFit || Buffer.byteLength(name) > 255) throw nameRefused(name);
    const transactionId = await this.#jobs.transactionOf(this.#id, options);
    const sha256 = await uploadToTransaction(this.#service, {
      transactionId,
      directory: below,
      name,
      source,
      overwrite: options.overwrite ?? false,
      checksum: options.checksum ?? true,
      signal: options.signal,
      onProgress: options.onProgress,
    });
    return {
      sizeBytes: source.sizeBytes,
      path: below === "" ? name : `${below}/${name}`,
      ...(sha256 !== undefined && { sha256 }),
    };
  }

  /** Empty for the transaction's own directory. */
  #checkDirectory(directory: string): string {
    if (directory === "" || directory === ".") return "";
    const clean = checkSegments(directory);
    if (this.#service.isGateway) return clean;
    throw notSupported(
      this.#service.who,
      "show directories",
      "Let jobs write their files without directories, or pack them into one file.",
    );
  }

  #checkPath(path: string): string {
    const clean = checkSegments(path);
    if (this.#service.isGateway || !clean.includes("/")) return clean;
    throw notSupported(
      this.#service.who,
      "give files in directories",
      "Let jobs write their files without directories, or pack them into one file.",
    );
  }

  /** A log-in page must not be saved as data; whoever asks for a page gets it. */
  async #refusePage(answer: HttpAnswer, path: string): Promise<void> {
    if (this.#service.isGateway || /\.x?html?$/i.test(path)) return;
    if (!isHtml(answer.headers["content-type"], "")) return;
    const page = await answer.text(65_536).catch(() => "");
    throw pageInsteadOfAnswer(this.#service.who, this.#service.mask(page), answer.status);
  }
}

function toRemoteFile({ name, kind, sizeBytes, readable }: MantidFile, directory: string): RemoteFile {
  const path = directory === "" ? name : `${directory}/${name}`;
  const size = sizeBytes === undefined ? { sizeBytes: 0, sizeKnown: false as const } : { sizeBytes };
  return { path, name, kind, ...size, readable };
}

/** @throws {FileError} `FILE_NAME_REFUSED`: the path leads elsewhere. */
function checkSegments(path: string): string {
  const clean = path.replace(/^(?:\.\/+)+/, "").replace(/\/+$/, "");
  const isBad = clean.split("/").some((segment) => linuxFileName(segment) === undefined);
  if (isBad) throw nameRefused(path);
  return clean;
}

function nameRefused(name: string): FileError {
  return new FileError(
    "FILE_NAME_REFUSED",
    `${JSON.stringify(name.slice(0, 300))} can't be the name of a file here.`,
    {
      hint: "Give a path inside the job's directory, without .. and control characters; a file's name has at most 255 bytes.",
      context: { path: name },
    },
  );
}

function missing(path: string, jobId: JobId): FileError {
  return new FileError("FILE_NOT_FOUND", `Job ${jobId} has no file ${path}.`, {
    hint: "List the job's files to see what it has.",
    context: { path, jobId },
  });
}

/** Whoever asked for several files must know which one it is about. */
function withPath(error: ScarfError, path: string): ScarfError {
  const { code, message, hint, context } = error;
  return typedError(code, message, {
    ...(hint !== undefined && { hint }),
    context: { ...context, path },
    cause: error,
  });
}

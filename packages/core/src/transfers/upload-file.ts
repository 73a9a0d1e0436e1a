import { createHash } from "node:crypto";
import { basename } from "node:path";
import { FileError, isScarfError, type ScarfError, TransferError } from "../errors/index.js";
import type { ByteSource, TransferProgress, WrittenFile } from "../model/index.js";
import type { CallOptions, Session } from "../resources/compute-resource.js";
import { explainPartial } from "./explain-partial.js";
import { fileSource } from "./file-source.js";
import type { Overwrite } from "./part-file.js";
import { isPassing, RetryBudget, type RetryOptions } from "../transports/retry.js";

/** How a file is sent. */
export interface UploadOptions extends CallOptions {
  /** Name over there. @defaultValue the file's own */
  readonly remoteName?: string;
  /**
   * What to do about a file of that name. `skip` leaves one that is the same: by its digest where the resource tells one, else by its
   * size; another one is an error. @defaultValue "error"
   */
  readonly overwrite?: Overwrite;
  /** Compare digests where the resource can tell its own, at the cost of computing one here. @defaultValue true */
  readonly verify?: boolean;
  readonly onProgress?: (progress: TransferProgress) => void;
  readonly retry?: RetryOptions;
}

/** A file that is there now, complete. */
export interface UploadedFile {
  /** Where it lies on the resource, as far as it tells. */
  readonly path: string;
  readonly sizeBytes: number;
  /** SHA-256 (hex) of what the resource has; it was compared with the file here. A large file is compared in pieces, and has none. */
  readonly sha256?: string;
  /** What was compared after the last byte. `no`: this resource tells neither digest nor size. */
  readonly verified: "sha256" | "size" | "no";
  /**
   * `was-there`: the file that had the name already is this one, byte for byte; maybe an earlier try had sent it. `skipped`: the same,
   * as it was wanted; `verified` then says by what it was found to be the same (`no`: this resource lets nothing be compared).
   */
  readonly outcome: "sent" | "was-there" | "skipped";
}

/**
 * Sends one file to a directory on the resource, and goes on after a cut. Afterwards what lies there is compared with the file here.
 * A file that lies there already with the same bytes counts as sent, so that a call may be repeated.
 * @throws {FileError} `FILE_EXISTS` (there lies another), `FILE_NOT_FOUND`, `FILE_UNREADABLE`, `FILE_KIND_WRONG` (here), `FILE_NAME_REFUSED`.
 * @throws {TransferError} `TRANSFER_REFUSED`: the resource would replace a file silently, and `overwrite` is not `replace`;
 * `TRANSFER_INCOMPLETE`: the file changed meanwhile; `TRANSFER_CORRUPT`: what lies there is something else.
 */
export async function uploadFile(
  session: Session,
  localPath: string,
  remoteDirectory: string,
  options: UploadOptions = {},
): Promise<UploadedFile> {
  const {
    remoteName = basename(localPath),
    overwrite = "error",
    verify = true,
    signal,
    onProgress,
    retry,
  } = options;
  if (remoteName === "" || remoteName === "." || remoteName === ".." || /[/\0]/.test(remoteName))
    throw new FileError("FILE_NAME_REFUSED", `${JSON.stringify(remoteName)} is no name for a file.`, {
      hint: "Give a name without /.",
      context: { localPath, remoteName },
    });
  const file = await fileSource(localPath);
  const path = joinRemote(remoteDirectory, remoteName);
  const source = verify ? file : undefined;
  const call = signal === undefined ? {} : { signal };
  const settle = (error: ScarfError): Promise<UploadedFile | undefined> =>
    settleExisting(session, error, path, file, { overwrite, verify, ...call });
  if (overwrite !== "replace") {
    const refusal = await findRefusal(session, path, call);
    const settled = refusal === undefined ? undefined : await settle(refusal);
    if (settled !== undefined) return settled;
    if (refusal !== undefined) throw refusal;
  }
  const budget = new RetryBudget({ ...session.resource.retry, ...retry }, signal);
  let passedBytes = 0;
  let keptBytes = 0;
  const report = (progress: TransferProgress): void => {
    passedBytes = progress.bytesDone;
    onProgress?.(progress);
  };
  for (;;) {
    try {
      const written = await session.files.write(remoteDirectory, remoteName, file, {
        ...call,
        overwrite: overwrite === "replace",
        checksum: verify,
        onProgress: report,
      });
      return { ...(await compare(session, written, path, source, call)), outcome: "sent" };
    } catch (error) {
      if (!isScarfError(error)) throw error;
      const settled = await settle(error);
      if (settled !== undefined) return settled;
      // Sending again would only meet the wrong file that lies there now.
      if (error.context["liesThere"] === true && overwrite !== "replace") throw error;
      // What has arrived for good is progress, however often the line is cut.
      const arrivedBytes = Number(error.context["arrivedBytes"] ?? 0);
      if (arrivedBytes > keptBytes) budget.restore();
      keptBytes = arrivedBytes;
      await budget.waitAfter(error).catch((reason: unknown) => {
        if (reason !== error || !isPassing(error)) throw reason;
        const [doneBytes, totalBytes] = [passedBytes, file.sizeBytes];
        throw explainPartial(error, { name: remoteName, doneBytes, totalBytes, keptBytes });
      });
    }
  }
}

/** Why nothing must be sent to a resource that would replace files without asking. */
async function findRefusal(
  session: Session,
  path: string,
  call: CallOptions,
): Promise<ScarfError | undefined> {
  const { exclusiveWrite, fileBrowsing } = session.capabilities;
  if (exclusiveWrite) return undefined;
  const { id } = session.resource;
  if (!fileBrowsing)
    return new TransferError(
      "TRANSFER_REFUSED",
      `${id} cannot tell whether ${path} exists there, and would replace it without asking.`,
      {
        hint: "If that does no harm, allow overwriting; or choose a name that cannot exist yet.",
        context: { resource: id, path },
      },
    );
  const found = await session.files.stat(path, call).catch((error: unknown) => {
    if (isScarfError(error) && error.code === "FILE_NOT_FOUND") return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  return new FileError("FILE_EXISTS", `${path} exists already on ${id}.`, {
    hint: "Choose another name or directory, or allow overwriting.",
    context: { resource: id, path },
  });
}

/**
 * Looks at the file that is in the way (`FILE_EXISTS`): the very one counts as sent, for the answer to an earlier try may have been
 * lost, and not the file. @returns undefined: the error stands. @throws {FileError} `FILE_EXISTS`: it was to be skipped, but is another.
 */
export async function settleExisting(
  session: Session,
  error: ScarfError,
  askedPath: string,
  source: ByteSource,
  { overwrite, verify, ...call }: Required<Pick<UploadOptions, "overwrite" | "verify">> & CallOptions,
): Promise<UploadedFile | undefined> {
  const skips = overwrite === "skip";
  // Who skips without a comparison may leave a truncated file for a whole one.
  if (error.code !== "FILE_EXISTS" || (!verify && !skips)) return undefined;
  const told = toldExisting(error.context);
  const there = told ?? (await askForExisting(session, askedPath, source, call));
  const path = there?.path ?? askedPath;
  const found = { path, sizeBytes: source.sizeBytes, outcome: skips ? "skipped" : "was-there" } as const;
  if (there?.sha256 !== undefined && there.sha256.toLowerCase() === (await digestOf(source)))
    return { ...found, sha256: there.sha256.toLowerCase(), verified: "sha256" };
  if (!skips) return undefined;
  // Where nothing can be looked at, nothing can be compared.
  if (there === undefined) return { ...found, verified: "no" };
  if (there.sha256 === undefined && there.sizeBytes === source.sizeBytes)
    return { ...found, verified: "size" };
  const differs =
    there.sizeBytes !== undefined && there.sizeBytes !== source.sizeBytes
      ? `has ${there.sizeBytes} bytes where the file here has ${source.sizeBytes}`
      : "has other content than the file here";
  throw new FileError("FILE_EXISTS", `${path} exists already on ${session.resource.id}, but ${differs}.`, {
    hint: "It is not the same file, so it was not skipped. Overwrite it, or choose another name or directory.",
    context: { ...error.context, resource: session.resource.id, path },
    cause: error,
  });
}

interface ExistingFile {
  readonly path: string;
  readonly sizeBytes?: number;
  /** Absent: the resource tells none, or the size decides already. */
  readonly sha256?: string;
}

/** Some refusals name the file that is in the way. */
function toldExisting({ existing }: ScarfError["context"]): ExistingFile | undefined {
  if (typeof existing !== "object" || existing === null) return undefined;
  if (!("path" in existing) || !("sha256" in existing)) return undefined;
  const { path, sha256 } = existing;
  return typeof path === "string" && typeof sha256 === "string" ? { path, sha256 } : undefined;
}

async function askForExisting(
  { capabilities, files }: Session,
  askedPath: string,
  source: ByteSource,
  call: CallOptions,
): Promise<ExistingFile | undefined> {
  if (!capabilities.fileBrowsing) return undefined;
  try {
    const { kind, path, sizeBytes } = await files.stat(askedPath, call);
    if (kind !== "file") return { path };
    if (!capabilities.checksums || sizeBytes !== source.sizeBytes) return { path, sizeBytes };
    return { path, sizeBytes, sha256: await files.checksum(askedPath, call) };
  } catch (error) {
    if (isScarfError(error) && error.code !== "ABORTED") return undefined;
    throw error;
  }
}

async function compare(
  session: Session,
  written: WrittenFile,
  askedPath: string,
  source: ByteSource | undefined,
  call: CallOptions,
): Promise<Omit<UploadedFile, "outcome">> {
  const path = written.path ?? askedPath;
  const { sizeBytes } = written;
  if (source !== undefined && sizeBytes !== source.sizeBytes)
    throw corrupt(session, path, `${sizeBytes} of ${source.sizeBytes} bytes`);
  // The resource has compared it with the bytes that passed.
  if (source !== undefined && written.sha256 !== undefined)
    return { path, sizeBytes, sha256: written.sha256.toLowerCase(), verified: "sha256" };
  if (source !== undefined && written.piecesCompared === true) return { path, sizeBytes, verified: "sha256" };
  if (source !== undefined && session.capabilities.checksums) {
    const there = await session.files.checksum(path, call);
    if (there.toLowerCase() !== (await digestOf(source)))
      throw corrupt(session, path, "other bytes (SHA-256 differs)");
    return { path, sizeBytes, sha256: there.toLowerCase(), verified: "sha256" };
  }
  if (!session.capabilities.fileBrowsing) return { path, sizeBytes, verified: "no" };
  const there = await session.files.stat(path, call);
  if (there.sizeBytes !== sizeBytes) throw corrupt(session, path, `${there.sizeBytes} of ${sizeBytes} bytes`);
  return { path, sizeBytes, verified: "size" };
}

function corrupt(session: Session, path: string, what: string): TransferError {
  return new TransferError("TRANSFER_CORRUPT", `${path} on ${session.resource.id} has ${what}.`, {
    hint: "Do not use it. Send the file again with overwriting allowed.",
    context: { resource: session.resource.id, path, liesThere: true },
  });
}

async function digestOf(source: ByteSource): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of source.read()) hash.update(chunk);
  return hash.digest("hex");
}

/** A path there. */
export function joinRemote(directory: string, name: string): string {
  if (directory === "" || directory === ".") return name;
  return directory.endsWith("/") ? `${directory}${name}` : `${directory}/${name}`;
}

import { createHash } from "node:crypto";
import { isErrorCode, typedError } from "../../errors/typed-error.js";
import type { WrittenFile } from "../../model/index.js";
import { digestPart, type PartToSend, wireHeaders } from "../../wire/index.js";
import type { FileToWrite, WriteOptions, WriteOutcome } from "../compute-resource.js";
import type { PacWire } from "./pac-wire.js";
import { checkUploadName, encodeDirectory } from "./remote-paths.js";
import { gatewayHeaders, refusal } from "./send-slice.js";
import { fieldPart, filePart } from "./submit-body.js";
import { checkDirectory } from "./upload.js";

/**
 * Sends several files of one directory in one request, which the service takes or refuses as one; our gateway tells what became of each.
 * @throws {TransferError} `TRANSFER_REFUSED`: some may have arrived all the same.
 */
export async function uploadTogether(
  wire: PacWire,
  directory: string,
  files: readonly FileToWrite[],
  options: WriteOptions,
): Promise<readonly WriteOutcome[]> {
  const { service } = wire;
  for (const { name } of files) {
    checkUploadName(name, service.isGateway);
    checkDirectory(service, { jobId: "0", directory, name });
  }
  const bytesTotal = files.reduce((sum, { source }) => sum + source.sizeBytes, 0);
  let bytesDone = 0;
  options.onProgress?.({ bytesDone, bytesTotal });
  const digests = new Map<string, string>();
  const wanted = service.isGateway && options.checksum !== false;
  const parts = files.flatMap(({ name, source }): PartToSend[] => {
    async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
      const hash = wanted ? createHash("sha256") : undefined;
      for await (const chunk of source.read()) {
        hash?.update(chunk);
        yield chunk;
        bytesDone += chunk.byteLength;
        options.onProgress?.({ bytesDone, bytesTotal });
      }
      if (hash !== undefined) digests.set(name, hash.digest("hex"));
    }
    const part = filePart(name, { sizeBytes: source.sizeBytes, read });
    return wanted ? [part, digestPart(() => digests.get(name))] : [part];
  });
  const what = files.length === 1 ? (files[0]?.name ?? "") : `${files.length} files`;
  const sent = await wire.sendFile(
    {
      jobId: "0",
      name: what,
      directory: fieldPart("DirName", encodeDirectory(directory)),
      file: parts,
      chunk: undefined,
      headers: {
        ...gatewayHeaders(service, options),
        ...(service.isGateway && { [wireHeaders.outcomes]: "each" }),
      },
    },
    options,
  );
  if (!sent.taken) throw refusal(service, { directory, name: what }, sent.said);
  if (!service.isGateway)
    return files.map(({ name, source }) => ({ name, written: { sizeBytes: source.sizeBytes } }));
  const told = parseOutcomes(sent.said);
  return files.map(({ name, source }) =>
    toOutcome(name, source.sizeBytes, digests.get(name), told.get(name)),
  );
}

function toOutcome(
  name: string,
  sizeBytes: number,
  sha256: string | undefined,
  told: ToldOutcome | undefined,
): WriteOutcome {
  const failed = (code: string, message: string, hint: string, more = {}): WriteOutcome => ({
    name,
    error: typedError(isErrorCode(code) ? code : "TRANSFER_REFUSED", message, {
      hint,
      context: { name, ...more },
    }),
  });
  if (told === undefined)
    return failed(
      "TRANSFER_INCOMPLETE",
      `Nothing is known of ${name}: the answer lacks it.`,
      "Send it again.",
    );
  if (told.code !== undefined) {
    const { path, sha256: there } = told;
    // Of a file that could not be written: the one that is in its way.
    const existing = path !== undefined && there !== undefined && { existing: { path, sha256: there } };
    return failed(told.code, told.message ?? "", told.hint ?? "Send it again.", { ...existing });
  }
  if (sha256 !== undefined && told.sha256 !== sha256)
    return failed("TRANSFER_CORRUPT", `${name} has another checksum there than here.`, "Send it again.");
  const written: WrittenFile = {
    sizeBytes,
    ...(told.path !== undefined && { path: told.path }),
    ...(sha256 !== undefined && { sha256 }),
  };
  return { name, written };
}

interface ToldOutcome {
  readonly path?: string;
  readonly sha256?: string;
  readonly code?: string;
  readonly message?: string;
  readonly hint?: string;
}

/** One that can't be read is missing, and its file is sent again. */
function parseOutcomes(said: string): ReadonlyMap<string, ToldOutcome> {
  const told = new Map<string, ToldOutcome>();
  for (const outcome of listIn(said.slice(said.indexOf("\n") + 1))) {
    if (typeof outcome !== "object" || outcome === null) continue;
    const texts = new Map<string, unknown>(Object.entries(outcome));
    const text = (key: string): string | undefined => {
      const value = texts.get(key);
      return typeof value === "string" ? value : undefined;
    };
    const name = text("name");
    if (name === undefined) continue;
    const fields = ["path", "sha256", "code", "message", "hint"].map((key) => [key, text(key)] as const);
    told.set(name, Object.fromEntries(fields.filter(([, value]) => value !== undefined)));
  }
  return told;
}

function listIn(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

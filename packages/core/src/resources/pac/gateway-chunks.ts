import type { CallOptions, WriteOptions } from "../compute-resource.js";
import { encodeJobId } from "./job-id.js";
import type { PacService } from "./pac-service.js";

/** A chunk that our gateway has kept. */
export interface KeptChunk {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

export interface ChunkedFile {
  readonly jobId: string;
  /** As in the part `DirName`. */
  readonly directory: string;
  readonly name: string;
  readonly chunkAmount: number;
}

/**
 * Asks our gateway which chunks of a file it has from an upload that did not come to its end.
 * @throws {FileError} `FILE_EXISTS`: the file would be refused in the end.
 */
export async function fetchKeptChunks(
  service: PacService,
  { jobId, directory, name, chunkAmount }: ChunkedFile,
  headers: Readonly<Record<string, string>>,
  { signal }: WriteOptions,
): Promise<ReadonlyMap<number, KeptChunk>> {
  const text = await service.text({
    path: `${pathOf({ jobId, directory, name })}&chunkamount=${chunkAmount}`,
    headers,
    repeatable: true,
    signal,
    doing: `say what it has of ${name}`,
  });
  return parseKeptChunks(text);
}

/** Has our gateway drop what it has of a file. @returns how many bytes that was */
export async function dropKeptChunks(
  service: PacService,
  file: Omit<ChunkedFile, "chunkAmount">,
  { signal }: CallOptions,
): Promise<number> {
  const text = await service.text({
    path: pathOf(file),
    method: "DELETE",
    repeatable: true,
    signal,
    doing: `drop what it has of ${file.name}`,
  });
  return [...parseKeptChunks(text).values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Encoded once, as in the parts of a chunk. */
function pathOf({ jobId, directory, name }: Omit<ChunkedFile, "chunkAmount">): string {
  const file = `DirName=${directory}&chunkbase=${encodeURIComponent(name)}`;
  return `webservice/pacclient/uplargefile/${encodeJobId(jobId)}?${file}`;
}

/** An answer that can't be read means that everything is sent, which is never wrong. */
function parseKeptChunks(text: string): ReadonlyMap<number, KeptChunk> {
  const kept = new Map<number, KeptChunk>();
  for (const chunk of listIn(text)) {
    if (typeof chunk !== "object" || chunk === null) continue;
    if (!("number" in chunk && "sizeBytes" in chunk && "sha256" in chunk)) continue;
    const { number, sizeBytes, sha256 } = chunk;
    if (typeof number === "number" && typeof sizeBytes === "number" && typeof sha256 === "string")
      kept.set(number, { sizeBytes, sha256 });
  }
  return kept;
}

function listIn(text: string): readonly unknown[] {
  try {
    const answer: unknown = JSON.parse(text);
    if (typeof answer !== "object" || answer === null || !("chunks" in answer)) return [];
    return Array.isArray(answer.chunks) ? answer.chunks : [];
  } catch {
    return [];
  }
}

import type { SpooledFile } from "./spool.js";
import type { Row, Store } from "./store.js";

/** Which file an upload in chunks is for. */
export interface UploadKey {
  readonly resourceId: string;
  readonly userName: string;
  /** `0` = not a job's file. */
  readonly jobId: string;
  readonly directory: string;
  readonly name: string;
}

export interface FinishedUpload {
  readonly path: string | undefined;
  readonly sha256: string | undefined;
  readonly sizeBytes: number;
  readonly finishedAt: Date;
}

export interface Upload {
  readonly id: number;
  /** Number of chunks. */
  readonly amount: number;
  readonly finished: FinishedUpload | undefined;
}

export interface Chunk extends Omit<SpooledFile, "name"> {
  readonly number: number;
  /** Undefined once the file has been put together. */
  readonly name: string | undefined;
}

/** Uploads in chunks, kept so that a restart of the gateway costs the client nothing. */
export class UploadTable {
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number = Date.now) {
    this.#store = store;
    this.#now = now;
  }

  find(key: UploadKey): Upload | undefined {
    const row = this.#store.get(
      "SELECT * FROM uploads WHERE resource = ? AND user_name = ? AND job_id = ? AND directory = ? AND name = ?",
      ...columns(key),
    );
    return row === undefined ? undefined : toUpload(row);
  }

  add(key: UploadKey, amount: number): Upload {
    this.#store.run(
      "INSERT INTO uploads (resource, user_name, job_id, directory, name, amount, begun_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
      ...columns(key),
      amount,
      this.#now(),
    );
    const upload = this.find(key);
    if (upload === undefined) throw new Error("an upload just stored is not there");
    return upload;
  }

  /** Forgets an upload and answers the spool names of its chunks. */
  remove(id: number): readonly string[] {
    const names = this.#spoolNames("WHERE upload_id = ?", id);
    this.#store.run("DELETE FROM uploads WHERE id = ?", id);
    return names;
  }

  chunks(id: number): readonly Chunk[] {
    return this.#store.all("SELECT * FROM chunks WHERE upload_id = ? ORDER BY number", id).map(toChunk);
  }

  putChunk(id: number, number: number, file: SpooledFile): void {
    this.#store.run(
      "INSERT OR REPLACE INTO chunks (upload_id, number, size_bytes, sha256, spool_name, offset_bytes) VALUES (?, ?, ?, ?, ?, ?)",
      id,
      number,
      file.sizeBytes,
      file.sha256,
      file.name,
      file.offset,
    );
  }

  finish(id: number, file: Omit<FinishedUpload, "finishedAt">): void {
    this.#store.transaction(() => {
      this.#store.run(
        "UPDATE uploads SET finished_at = ?, path = ?, sha256 = ?, size_bytes = ? WHERE id = ?",
        this.#now(),
        file.path ?? null,
        file.sha256 ?? null,
        file.sizeBytes,
        id,
      );
      this.#store.run("UPDATE chunks SET spool_name = NULL WHERE upload_id = ?", id);
    });
  }

  /** Files of which chunks are missing, and what the chunks that are there take. @param userName - Of this user only. */
  unfinished(userName?: string): { readonly count: number; readonly sizeBytes: number } {
    const [where, values] = userName === undefined ? ["", []] : ["AND uploads.user_name = ?", [userName]];
    const row = this.#store.get(
      "SELECT count(DISTINCT uploads.id) AS files, coalesce(sum(chunks.size_bytes), 0) AS bytes FROM uploads " +
        `LEFT JOIN chunks ON chunks.upload_id = uploads.id WHERE finished_at IS NULL ${where}`,
      ...values,
    );
    return { count: Number(row?.["files"] ?? 0), sizeBytes: Number(row?.["bytes"] ?? 0) };
  }

  /** Names in the spool that still belong to an upload. */
  spoolNames(): ReadonlySet<string> {
    return new Set(this.#spoolNames(""));
  }

  usesSpoolName(name: string): boolean {
    return this.#store.get("SELECT 1 FROM chunks WHERE spool_name = ?", name) !== undefined;
  }

  /** Forgets uploads begun longer ago than this, and answers the spool names of their chunks. */
  removeOlderThan(days: number): readonly string[] {
    const limit = this.#now() - days * 86_400_000;
    return this.#store
      .all("SELECT id FROM uploads WHERE begun_at < ?", limit)
      .flatMap((row) => this.remove(Number(row["id"])));
  }

  #spoolNames(where: string, ...values: number[]): readonly string[] {
    return this.#store
      .all(`SELECT DISTINCT spool_name FROM chunks ${where}`, ...values)
      .map((row) => row["spool_name"])
      .filter((name) => typeof name === "string");
  }
}

function columns(key: UploadKey): readonly [string, string, string, string, string] {
  return [key.resourceId, key.userName, key.jobId, key.directory, key.name];
}

function toUpload(row: Row): Upload {
  const finishedAt = row["finished_at"];
  return {
    id: Number(row["id"]),
    amount: Number(row["amount"]),
    finished:
      typeof finishedAt === "number"
        ? {
            path: typeof row["path"] === "string" ? row["path"] : undefined,
            sha256: typeof row["sha256"] === "string" ? row["sha256"] : undefined,
            sizeBytes: Number(row["size_bytes"]),
            finishedAt: new Date(finishedAt),
          }
        : undefined,
  };
}

function toChunk(row: Row): Chunk {
  return {
    number: Number(row["number"]),
    sizeBytes: Number(row["size_bytes"]),
    sha256: String(row["sha256"]),
    name: typeof row["spool_name"] === "string" ? row["spool_name"] : undefined,
    offset: Number(row["offset_bytes"]),
  };
}

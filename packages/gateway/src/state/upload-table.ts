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

/** Files of which chunks are missing, and what is there of them. */
export interface Unfinished {
  /** Of files. */
  readonly count: number;
  readonly chunks: number;
  readonly sizeBytes: number;
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
      "INSERT INTO uploads (resource, user_name, job_id, directory, name, amount, begun_at, used_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...columns(key),
      amount,
      this.#now(),
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
    this.#store.transaction(() => {
      this.#store.run(
        "INSERT OR REPLACE INTO chunks (upload_id, number, size_bytes, sha256, spool_name, offset_bytes) VALUES (?, ?, ?, ?, ?, ?)",
        id,
        number,
        file.sizeBytes,
        file.sha256,
        file.name,
        file.offset,
      );
      this.#store.run("UPDATE uploads SET used_at = ? WHERE id = ?", this.#now(), id);
    });
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
  unfinished(userName?: string): Unfinished {
    const [where, values] = userName === undefined ? ["", []] : ["AND uploads.user_name = ?", [userName]];
    const row = this.#store.get(
      "SELECT count(DISTINCT uploads.id) AS files, count(chunks.number) AS chunks, coalesce(sum(chunks.size_bytes), 0) AS bytes FROM uploads " +
        `LEFT JOIN chunks ON chunks.upload_id = uploads.id WHERE finished_at IS NULL ${where}`,
      ...values,
    );
    return {
      count: Number(row?.["files"] ?? 0),
      chunks: Number(row?.["chunks"] ?? 0),
      sizeBytes: Number(row?.["bytes"] ?? 0),
    };
  }

  /** Names of the user's files of which most is kept, largest first. */
  largestUnfinished(userName: string, most: number): readonly string[] {
    return this.#store
      .all(
        "SELECT directory, name FROM uploads JOIN chunks ON chunks.upload_id = uploads.id WHERE finished_at IS NULL " +
          "AND user_name = ? GROUP BY uploads.id ORDER BY sum(chunks.size_bytes) DESC LIMIT ?",
        userName,
        most,
      )
      .map((row) => [row["directory"], row["name"]].filter((part) => part !== "" && part !== ".").join("/"));
  }

  /** Names in the spool that still belong to an upload. */
  spoolNames(): ReadonlySet<string> {
    return new Set(this.#spoolNames(""));
  }

  usesSpoolName(name: string): boolean {
    return this.#store.get("SELECT 1 FROM chunks WHERE spool_name = ?", name) !== undefined;
  }

  /** Forgets uploads to which nothing came for longer than this, and answers the spool names of their chunks. */
  removeOlderThan(days: number): readonly string[] {
    const limit = this.#now() - days * 86_400_000;
    return this.#store
      .all("SELECT id FROM uploads WHERE used_at < ?", limit)
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

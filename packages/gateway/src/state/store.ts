import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import Libsql from "libsql";
import { FileError } from "scarf-tomo";

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, SqlValue>>;

/** The few calls of SQLite that the gateway needs; whichever driver stands behind it shows nowhere else. */
export interface Store {
  /** Runs one statement and answers how many rows it changed. */
  run(sql: string, ...values: SqlValue[]): number;
  get(sql: string, ...values: SqlValue[]): Row | undefined;
  all(sql: string, ...values: SqlValue[]): readonly Row[];
  /** All of `work` or nothing of it, also when the process is killed in between. */
  transaction<Result>(work: () => Result): Result;
  /** Throws what keeps the database from being written to. */
  checkWritable(): void;
  close(): void;
}

/**
 * Opens (or makes) the database file, readable by its owner only. WAL with `synchronous = FULL`: what a call has
 * returned from is on the disk, whatever happens to this process.
 *
 * @param migrations - Scripts that lead from one version of the tables to the next; each runs once, in order.
 */
export function openStore(path: string, migrations: readonly string[]): Store {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Made before SQLite sees it: SQLite gives its -wal and -shm files the mode of the database file.
  closeSync(openSync(path, "a", 0o600));
  chmodSync(path, 0o600);
  const database = new Libsql(path, { timeout: 5000 });
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON");
  const prepared = new Map<string, ReturnType<typeof database.prepare>>();
  const prepare = (sql: string): ReturnType<typeof database.prepare> => {
    const known = prepared.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  const transaction = <Result>(work: () => Result): Result =>
    explaining(() => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        // A full disk makes SQLite take it back by itself; what went wrong first is what counts.
        try {
          database.exec("ROLLBACK");
        } catch {}
        throw error;
      }
    });
  const store: Store = {
    run: (sql, ...values) => explaining(() => prepare(sql).run(values).changes),
    get: (sql, ...values) => toRow(prepare(sql).get(values)),
    all: (sql, ...values) =>
      prepare(sql)
        .all(values)
        .map(toRow)
        .filter((row) => row !== undefined),
    transaction,
    // A writer's lock, taken and given back, with nothing that would have to reach the disk.
    checkWritable: () => database.exec("BEGIN IMMEDIATE; ROLLBACK"),
    close: () => {
      prepared.clear();
      database.close();
    },
  };
  const version = Number(store.get("PRAGMA user_version")?.["user_version"] ?? 0);
  for (const [index, script] of migrations.entries()) {
    if (index < version) continue;
    transaction(() => database.exec(`${script}; PRAGMA user_version = ${index + 1}`));
  }
  return store;
}

/** A disk that takes nothing is no fault of this program's, and the user can hear of it. */
function explaining<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!/^SQLITE_(FULL|IOERR|READONLY|CANTOPEN)/.test(code)) throw error;
    const full = code === "SQLITE_FULL" || code === "SQLITE_IOERR_WRITE";
    throw new FileError(
      full ? "DISK_FULL" : "FILE_UNWRITABLE",
      full ? "The gateway's disk is full, so it can't keep its state." : "The gateway can't write its state.",
      { hint: "Try again later, or tell the operator.", context: { code }, cause: error },
    );
  }
}

function toRow(value: unknown): Row | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const row: Record<string, SqlValue> = {};
  for (const [name, field] of Object.entries<unknown>({ ...value })) {
    // libsql adds `_metadata` to the rows of get(); it is no column of ours.
    if (name === "_metadata") continue;
    if (typeof field === "string" || typeof field === "number" || field === null) row[name] = field;
    else throw new TypeError(`column ${name} holds neither text nor a number`);
  }
  return row;
}

/** A copy of a database in one file, consistent even while others write to it. @param to - Must not be there. */
export function copyDatabase(from: string, to: string): void {
  const database = new Libsql(from, { timeout: 5000 });
  try {
    database.prepare("VACUUM INTO ?").run([to]);
  } finally {
    database.close();
  }
}

/** How many of the migrations it has seen; undefined when it is no sound database. */
export function readDatabaseVersion(path: string): number | undefined {
  try {
    const database = new Libsql(path, { timeout: 5000 });
    try {
      const sound = toRow(database.prepare("PRAGMA integrity_check").get([]))?.["integrity_check"] === "ok";
      const version = toRow(database.prepare("PRAGMA user_version").get([]))?.["user_version"];
      return sound && typeof version === "number" ? version : undefined;
    } finally {
      database.close();
    }
  } catch {
    // Not a database at all; the driver's words help nobody.
    return undefined;
  }
}

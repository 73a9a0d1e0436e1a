import {
  access,
  chmod,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
} from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { FileError, NotSupportedError, writeFileAtomically } from "scarf-tomo";
import { gatewayVersion } from "../version.js";
import { lockState } from "./state-lock.js";
import { copyDatabase, openStore, readDatabaseVersion, type Store } from "./store.js";
import { migrations } from "./tables.js";

/** Where a gateway keeps what it knows; its configuration is one. */
export interface StatePlaces {
  readonly stateDirectory: string;
  readonly users: { readonly file: string };
}

export interface BackupSummary {
  readonly file: string;
  /** When it was made, UTC. */
  readonly createdAt: Date;
  readonly sessions: number;
  readonly submitKeys: number;
  /** Lines of the file of users; 0 where users are not the gateway's. */
  readonly users: number;
  /** Unfinished uploads that are begun anew: their chunks are in no backup. */
  readonly droppedUploads: number;
}

/**
 * Writes sessions, submit keys and the file of users into one file (mode 0600), while the gateway runs or not. It holds hashes of
 * passwords and tokens: keep it like the state directory.
 * @throws {FileError} `FILE_NOT_FOUND`: there is no state yet. `FILE_EXISTS`: the file is there.
 */
export async function backupState(
  { stateDirectory, users }: StatePlaces,
  target: string,
): Promise<BackupSummary> {
  const file = resolve(target);
  const database = join(stateDirectory, databaseName);
  if (!(await exists(database)))
    throw new FileError("FILE_NOT_FOUND", `There is no state of a gateway in ${stateDirectory}.`, {
      hint: "Name the gateway's configuration with --config.",
    });
  const workspace = await mkdtemp(join(dirname(file), ".scarf-backup-"));
  try {
    const copy = join(workspace, databaseName);
    copyDatabase(database, copy);
    const store = openStore(copy, []);
    const createdAt = new Date();
    try {
      store.run("CREATE TABLE backup (name TEXT PRIMARY KEY, content TEXT NOT NULL)");
      const keep = (name: string, content: string): number =>
        store.run("INSERT INTO backup VALUES (?, ?)", name, content);
      keep("createdAt", createdAt.toISOString());
      keep("version", gatewayVersion);
      const text = await readFile(users.file, "utf8").catch(ignoreMissing);
      if (text !== undefined) keep("users", text);
      return await publish(copy, file, summarise(store, file, createdAt, 0));
    } finally {
      store.close();
    }
  } finally {
    await rm(workspace, { recursive: true, force: true });
  }
}

/**
 * Puts a backup in the place of the state. What was there is kept beside it, in `before-restore-TIME`.
 * @throws {ConfigError} `CONFIG_INVALID`: a gateway is running on it. @throws {FileError} the file is no backup.
 * @throws {NotSupportedError} `NOT_SUPPORTED`: it was made by a newer version.
 */
export async function restoreState(
  { stateDirectory, users }: StatePlaces,
  source: string,
): Promise<BackupSummary> {
  const file = resolve(source);
  const unlock = await lockState(stateDirectory);
  const workspace = await mkdtemp(join(stateDirectory, "restore-"));
  try {
    const copy = join(workspace, databaseName);
    await copyFile(file, copy).catch((error: unknown) => {
      throw new FileError("FILE_UNREADABLE", `The backup ${file} can't be read.`, {
        hint: "Check its name.",
        cause: error,
      });
    });
    checkBackup(copy, file);
    const store = openStore(copy, []);
    let summary: BackupSummary;
    let usersText: string | undefined;
    try {
      const read = (name: string): string | undefined => {
        const content = store.get("SELECT content FROM backup WHERE name = ?", name)?.["content"];
        return typeof content === "string" ? content : undefined;
      };
      usersText = read("users");
      const createdAt = new Date(read("createdAt") ?? "");
      const dropped = await dropLostUploads(store, join(stateDirectory, "spool"));
      summary = summarise(store, file, createdAt, dropped);
      store.run("DROP TABLE backup");
    } finally {
      store.close();
    }
    const whole = await writeWhole(copy);
    await setAside(stateDirectory, users.file);
    if (usersText !== undefined) {
      await mkdir(dirname(users.file), { recursive: true, mode: 0o700 });
      await writeFileAtomically(users.file, usersText);
    }
    await rename(whole, join(stateDirectory, databaseName));
    return summary;
  } finally {
    await rm(workspace, { recursive: true, force: true });
    await unlock();
  }
}

const databaseName = "gateway.sqlite";

function checkBackup(copy: string, file: string): void {
  const version = readDatabaseVersion(copy);
  const store = version === undefined ? undefined : openStore(copy, []);
  const marked =
    store?.get("SELECT 1 AS there FROM sqlite_master WHERE type = 'table' AND name = 'backup'") !== undefined;
  store?.close();
  if (version === undefined || !marked)
    throw new FileError("FILE_KIND_WRONG", `${file} is not a backup of a gateway, or it is damaged.`, {
      hint: "Give a file that was made by: scarf gateway backup FILE",
    });
  if (version > migrations.length)
    throw new NotSupportedError("NOT_SUPPORTED", `${file} was made by a newer version of the gateway.`, {
      hint: "Update this one, then restore it.",
    });
}

/** What a client has sent and the gateway no longer has must be sent again, from the beginning. */
async function dropLostUploads(store: Store, spool: string): Promise<number> {
  let dropped = 0;
  for (const row of store.all("SELECT id FROM uploads WHERE finished_at IS NULL")) {
    const id = Number(row["id"]);
    const names = store
      .all("SELECT spool_name FROM chunks WHERE upload_id = ?", id)
      .map((chunk) => String(chunk["spool_name"]));
    const there = await Promise.all(names.map((name) => exists(join(spool, name))));
    if (there.every(Boolean)) continue;
    store.run("DELETE FROM uploads WHERE id = ?", id);
    dropped += 1;
  }
  return dropped;
}

/** The write-ahead log belongs to its database: left behind, it would be played into the restored one. */
async function setAside(stateDirectory: string, usersFile: string): Promise<void> {
  const names = (await readdir(stateDirectory)).filter((name) => name.startsWith(databaseName));
  const users = await exists(usersFile);
  if (names.length === 0 && !users) return;
  const aside = join(stateDirectory, `before-restore-${new Date().toISOString().replaceAll(":", "")}`);
  await mkdir(aside, { mode: 0o700 });
  for (const name of names) await rename(join(stateDirectory, name), join(aside, name));
  if (users) await copyFile(usersFile, join(aside, "users"));
}

/**
 * One file on the disk, without a write-ahead log beside it. A database that was open in this process may be held open by the
 * driver for a while after its closing, so it can't be taken itself.
 */
async function writeWhole(database: string): Promise<string> {
  const whole = `${database}.whole`;
  copyDatabase(database, whole);
  await chmod(whole, 0o600);
  const handle = await open(whole, "r");
  await handle.sync();
  await handle.close();
  return whole;
}

/** Gives the file its name, whole and on the disk, unless the name is taken. */
async function publish(copy: string, file: string, summary: BackupSummary): Promise<BackupSummary> {
  const whole = await writeWhole(copy);
  await link(whole, file).catch((error: unknown) => {
    throw new FileError(
      "FILE_EXISTS",
      `The backup was not written: ${file} is there already, or can't be made.`,
      {
        hint: "Give another name.",
        cause: error,
      },
    );
  });
  return summary;
}

function summarise(store: Store, file: string, createdAt: Date, droppedUploads: number): BackupSummary {
  const count = (sql: string): number => Number(store.get(sql)?.["n"] ?? 0);
  const users = store.get("SELECT content FROM backup WHERE name = 'users'")?.["content"];
  return {
    file,
    createdAt,
    sessions: count("SELECT count(*) AS n FROM sessions"),
    submitKeys: count("SELECT count(*) AS n FROM submits"),
    users: typeof users === "string" ? users.split("\n").filter((line) => /^[^#\s]/.test(line)).length : 0,
    droppedUploads,
  };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

import { statSync } from "node:fs";
import { mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, FileError, writeFileAtomically } from "scarf-tomo";

/** A user name that is safe as a directory name, in the token's grammar and in a line of this file. */
export const userNamePattern = /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/;

/** In place of a hash: this user has no password, and logs in by bearer token or certificate only. */
export const noPassword = "!";

export interface UserRecord {
  /** argon2id in PHC form (`$argon2id$v=19$…`), or `noPassword`. */
  readonly hash: string;
  readonly role: "admin" | "normal";
  readonly email?: string;
}

/** By user name, in the order of the file. */
export type UserRecords = ReadonlyMap<string, UserRecord>;

/**
 * Reads the file of users: one `name:hash[:role[:email]]` a line, `#` begins a comment line. A missing file holds no users.
 * @throws {ConfigError} `CONFIG_INVALID`: a line is wrong, or others may read the file.
 */
export async function readUsersFile(path: string): Promise<UserRecords> {
  let text: string;
  let mark: string;
  let isSettled: boolean;
  try {
    // In a thread it would take the processor ten times as long, and requests come in thousands.
    const { mode, ino, size, ctimeMs } = statSync(path);
    mark = `${ino}:${size}:${ctimeMs}`;
    isSettled = Date.now() - ctimeMs > settledMilliseconds;
    const known = lastRead.get(path);
    if (known?.mark === mark) return known.users;
    if ((mode & 0o077) !== 0) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${path}: expected a file that only its owner can read (mode 600), found mode ${(mode & 0o777).toString(8)}.`,
        {
          hint: `Run: chmod 600 ${path}`,
        },
      );
    }
    text = await readFile(path, "utf8");
  } catch (error) {
    if (isMissing(error)) return new Map();
    throw error;
  }
  const users = parseUsersFile(text, path);
  if (isSettled) {
    lastRead.clear();
    lastRead.set(path, { mark, users });
  }
  return users;
}

/** Every request asks for its user's line. Only of one file: a gateway has no other. */
const lastRead = new Map<string, { readonly mark: string; readonly users: UserRecords }>();
/** A file's time of change moves in steps of the kernel's clock; younger than this it proves nothing. */
const settledMilliseconds = 100;

export function parseUsersFile(text: string, path: string): UserRecords {
  const users = new Map<string, UserRecord>();
  const known = new Map<string, string>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const [name = "", hash = "", role = "", ...email] = line.split(":").map((field) => field.trim());
    const where = `${path}:${index + 1}`;
    if (!userNamePattern.test(name)) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: expected a user name, found ${JSON.stringify(name)}.`,
      );
    }
    if (!hash.startsWith("$argon2id$") && hash !== noPassword) {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: expected an argon2id hash after "${name}:", found something else.`,
        {
          hint: `Take the line out, then: scarf user add ${name}`,
        },
      );
    }
    if (role !== "admin" && role !== "normal" && role !== "") {
      throw new ConfigError(
        "CONFIG_INVALID",
        `${where}: expected the role admin or normal, found ${JSON.stringify(role)}.`,
      );
    }
    const other = known.get(name.toLowerCase());
    if (other !== undefined) {
      const how = other === name ? "a second time" : `which differs from ${other} only in case`;
      throw new ConfigError("CONFIG_INVALID", `${where}: expected each user once, found ${name}, ${how}.`, {
        hint: "Take one of the two lines out.",
      });
    }
    const address = email.join(":");
    users.set(name, {
      hash,
      role: role === "admin" ? "admin" : "normal",
      ...(address !== "" && { email: address }),
    });
    known.set(name.toLowerCase(), name);
  }
  return users;
}

/** The user who would share a directory with this one, at the least on disks that don't tell `Anna` from `anna`. */
export function findSameUser(users: UserRecords, name: string): string | undefined {
  const lower = name.toLowerCase();
  return [...users.keys()].find((other) => other.toLowerCase() === lower);
}

/** Changes the file in one step: readers see the old content or the new one, and two writers at once both take effect. */
export async function changeUsersFile(
  path: string,
  change: (users: Map<string, UserRecord>) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const lock = `${path}.lock`;
  await takeLock(lock);
  try {
    const users = new Map(await readUsersFile(path));
    change(users);
    const lines = [...users].map(([name, record]) => `${name}:${renderRecord(record)}\n`);
    await writeUsers(
      path,
      `# Users of the gateway: name:hash:role:email. Change it with "scarf user".\n${lines.join("")}`,
    );
  } finally {
    await rm(lock, { force: true });
  }
}

async function writeUsers(path: string, text: string): Promise<void> {
  try {
    await writeFileAtomically(path, text);
  } catch (error) {
    throw new FileError("FILE_UNWRITABLE", `The file of users ${path} could not be written.`, {
      hint: "Check that the directory exists, belongs to you and has space left.",
      cause: error,
    });
  }
}

/** A lock older than this was left by a process that was killed: the work under it takes milliseconds. */
const staleLockMilliseconds = 10_000;

async function takeLock(lock: string): Promise<void> {
  for (;;) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      return;
    } catch (error) {
      if (!isCode(error, "EEXIST")) {
        throw new FileError(
          "FILE_UNWRITABLE",
          `The file of users could not be changed: ${lock} can't be made.`,
          {
            hint: "Check that the directory belongs to you.",
            cause: error,
          },
        );
      }
    }
    const age = await stat(lock).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > staleLockMilliseconds) await rm(lock, { force: true });
    else await sleep(20);
  }
}

function renderRecord({ hash, role, email }: UserRecord): string {
  if (email !== undefined) return `${hash}:${role}:${email}`;
  return role === "normal" ? hash : `${hash}:${role}`;
}

function isMissing(error: unknown): boolean {
  return isCode(error, "ENOENT");
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

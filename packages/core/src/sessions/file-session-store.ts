import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { chmod, mkdir, open, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { ConfigError, isScarfError } from "../errors/index.js";
import type { SavedSession } from "../resources/compute-resource.js";
import { mapFileError } from "../transfers/map-file-error.js";
import { refuseShared } from "../transports/private-file.js";
import { writeFileAtomically } from "../transfers/write-file-atomically.js";
import { isSameSession, summarise } from "./memory-session-store.js";
import type { SessionStore, SessionSummary } from "./session-store.js";

/**
 * Sessions in files that only their owner can read, for programs that come and go, several at once.
 *
 *     RESOURCE/last-user               the name used last
 *     RESOURCE/USER/TIME-RANDOM.token  a session (mode 0600); the newest counts
 *     RESOURCE/USER/expired            the last one, without its token, when the resource has said that it is over
 *
 * No locks: each session is a file of its own, made in one step and removed by its name. So a program that learns that its
 * session has expired can never remove the one that another program has just begun.
 */
export class FileSessionStore implements SessionStore {
  readonly #directory: string;

  /** @param directory - made with mode 0700 when the first session is saved. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  async load(resourceId: string, userName: string): Promise<SavedSession | undefined> {
    const place = this.#placeOf(resourceId, userName);
    // Between list and reading another program may have replaced it: then there is a newer one.
    for (let tries = 0; tries < 20; tries += 1) {
      const name = (await tokenNames(place)).at(-1);
      if (name === undefined) return undefined;
      const session = await readSession(join(place, name));
      if (session !== undefined) return isFor(session, resourceId, userName) ? session : undefined;
    }
    return undefined;
  }

  async save(session: SavedSession): Promise<void> {
    const place = this.#placeOf(session.resourceId, session.userName);
    await this.#write(place, async () => {
      const older = await tokenNames(place);
      // A clock that was set back must not make the new session the older one.
      const time = Math.max(Date.now(), Number(older.at(-1)?.slice(0, timeDigits) ?? 0) + 1);
      const name = `${String(time).padStart(timeDigits, "0")}-${randomBytes(4).toString("hex")}.token`;
      await writeFileAtomically(join(place, name), `${JSON.stringify(session)}\n`);
      await removeAll(place, [...older, "expired"]);
    });
  }

  async remove(resourceId: string, userName: string): Promise<boolean> {
    const place = this.#placeOf(resourceId, userName);
    const names = await tokenNames(place);
    await removeAll(place, [...names, "expired"]);
    return names.length > 0;
  }

  async expire(session: SavedSession): Promise<void> {
    const place = this.#placeOf(session.resourceId, session.userName);
    for (const name of await tokenNames(place)) {
      const found = await readSession(join(place, name)).catch(() => undefined);
      if (found === undefined || !isSameSession(found, session)) continue;
      await this.#write(place, async () => {
        await writeFileAtomically(join(place, "expired"), `${JSON.stringify({ ...session, state: {} })}\n`);
        await removeAll(place, [name]);
      });
    }
  }

  async hasExpired(resourceId: string, userName: string): Promise<boolean> {
    const place = this.#placeOf(resourceId, userName);
    return (await namesIn(place)).includes("expired") && (await tokenNames(place)).length === 0;
  }

  async list(): Promise<readonly SessionSummary[]> {
    const summaries: SessionSummary[] = [];
    for (const resource of await namesIn(this.#directory))
      for (const user of await namesIn(join(this.#directory, resource))) {
        const place = join(this.#directory, resource, user);
        const names = await namesIn(place);
        const token = names.findLast(isTokenName);
        const name = token ?? names.find((other) => other === "expired");
        if (name === undefined) continue;
        try {
          const session = await readSession(join(place, name));
          if (session !== undefined)
            summaries.push(summarise(session, token === undefined ? "expired" : "active"));
        } catch (error) {
          if (!isScarfError(error)) throw error;
          // One bad file does not hide the others.
          summaries.push({
            resourceId: decodeName(resource),
            userName: decodeName(user),
            state: "unusable",
            problem: error.message,
          });
        }
      }
    return summaries;
  }

  async lastUser(resourceId: string): Promise<string | undefined> {
    const text = await readFile(this.#lastUserFile(resourceId), "utf8").catch(() => "");
    return text === "" ? undefined : text;
  }

  async rememberUser(resourceId: string, userName: string): Promise<void> {
    if ((await this.lastUser(resourceId)) === userName) return;
    const place = join(this.#directory, encodeName(resourceId));
    await this.#write(place, () => writeFileAtomically(this.#lastUserFile(resourceId), userName));
  }

  #lastUserFile(resourceId: string): string {
    return join(this.#directory, encodeName(resourceId), "last-user");
  }

  #placeOf(resourceId: string, userName: string): string {
    return join(this.#directory, encodeName(resourceId), encodeName(userName));
  }

  async #write(place: string, write: () => Promise<void>): Promise<void> {
    try {
      await mkdir(place, { recursive: true, mode: 0o700 });
      // It may have been there before, made by hand or by a restore from a backup.
      await chmod(this.#directory, 0o700);
      await write();
    } catch (error) {
      throw mapFileError(error, place, "write");
    }
  }
}

/** Milliseconds since 1970, so that names sort by time. */
const timeDigits = 15;

const savedSessionSchema = z.object({
  resourceId: z.string(),
  userName: z.string(),
  savedAt: z.string(),
  expiresAt: z.optional(z.string()),
  state: z.record(z.string(), z.string()),
});

/** @throws {ConfigError} `CONFIG_INVALID`: others can read it, or it is damaged. */
async function readSession(path: string): Promise<SavedSession | undefined> {
  let text: string;
  try {
    // A link could point to a file that someone else controls.
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { mode, uid } = await file.stat();
      refuseShared(
        path,
        mode,
        "a session",
        "If that may have happened, log out and in again. Otherwise: chmod 600 that file.",
      );
      refuseForeign(path, uid);
      text = await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw mapFileError(error, path, "read");
  }
  const result = savedSessionSchema.safeParse(parseJson(text));
  if (!result.success)
    throw new ConfigError("CONFIG_INVALID", `${path}: expected a saved session, found something else.`, {
      hint: "Log in again; that replaces it.",
      context: { file: path },
    });
  const { expiresAt, ...others } = result.data;
  return expiresAt === undefined ? others : { ...others, expiresAt };
}

function refuseForeign(path: string, owner: number): void {
  if (process.getuid === undefined || owner === process.getuid()) return;
  throw new ConfigError("CONFIG_INVALID", `${path}: it belongs to another user of this machine.`, {
    hint: "Remove it and log in again.",
    context: { file: path },
  });
}

function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** Oldest first. */
async function tokenNames(place: string): Promise<readonly string[]> {
  return (await namesIn(place)).filter(isTokenName);
}

function isTokenName(name: string): boolean {
  return name.endsWith(".token");
}

async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return (await readdir(directory)).sort();
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return [];
    throw mapFileError(error, directory, "read");
  }
}

async function removeAll(place: string, names: readonly string[]): Promise<void> {
  try {
    await Promise.all(names.map((name) => rm(join(place, name), { force: true })));
  } catch (error) {
    throw mapFileError(error, place, "write");
  }
}

/** File systems may not tell Alice from alice. */
function isFor(session: SavedSession, resourceId: string, userName: string): boolean {
  return session.resourceId === resourceId && session.userName === userName;
}

/** A name that no file system can take for anything else. Long ones end in a digest. */
function encodeName(name: string): string {
  const encoded = encodeURIComponent(name).replaceAll(
    /[.!~*'()]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`,
  );
  if (encoded.length <= 120) return encoded === "" ? "%" : encoded;
  return `${encoded.slice(0, 80).replace(/%.?$/, "")}%${createHash("sha256").update(name).digest("hex").slice(0, 32)}`;
}

function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

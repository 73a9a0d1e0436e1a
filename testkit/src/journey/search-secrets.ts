import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A secret, and every spelling of it to look for. */
export interface Secret {
  readonly name: string;
  readonly spellings: readonly string[];
}

/**
 * A password whose letters and digits in the middle stay together whatever is escaped around them (URL, form, XML, JSON, shell),
 * so that only base64 needs spellings of its own.
 */
export function passwordSecret(name: string, password: string): Secret {
  const middle = /[A-Za-z0-9]{10,}/.exec(password)?.[0];
  if (middle === undefined) throw new Error("A password to look for needs ten letters in a row");
  return { name, spellings: [middle, ...base64Spellings(middle)] };
}

/** A token of the web service: its parts that nobody could guess. Quotes between them are spelt in several ways. */
export function tokenSecret(name: string, token: string): Secret {
  const parts = token.split('"').filter((part) => part.length >= 16 && !/^\d{4}-\d\d-/.test(part));
  if (parts.length === 0) throw new Error(`The token has no secret part: ${token.length} characters`);
  return { name, spellings: parts };
}

/** Text that nothing may change, as a bearer token or the body of a PEM file: each piece of it is a secret. */
export function verbatimSecret(name: string, text: string): Secret {
  const pieces = text
    .replaceAll(/-----[^-]+-----/g, "")
    .split(/[.\s]+/)
    .filter((piece) => piece.length >= 40);
  if (pieces.length === 0) throw new Error(`${name} has no piece that is long enough`);
  return { name, spellings: pieces };
}

/** Base64 of a text that begins anywhere in other bytes: without the characters that depend on what is around it. */
function base64Spellings(text: string): string[] {
  return [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), Buffer.from(text)]).toString("base64");
    return encoded.slice(before === 0 ? 0 : before + 1, -4);
  });
}

export function findIn(content: Buffer | string, secrets: readonly Secret[]): string[] {
  return secrets
    .filter(({ spellings }) => spellings.some((spelling) => content.includes(spelling)))
    .map(({ name }) => name);
}

export interface FoundInFile {
  readonly path: string;
  readonly secret: string;
  readonly mode: number;
}

/** Every file below a directory, whatever it is called, that holds a secret. */
export async function findInFiles(
  directory: string,
  secrets: readonly Secret[],
): Promise<{ readonly searched: number; readonly found: readonly FoundInFile[] }> {
  const found: FoundInFile[] = [];
  let searched = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const names = findIn(path, secrets);
    if (entry.isFile()) {
      // Files of the engine come and go; what is gone can't be read by anyone else either.
      const content = await readFile(path).catch(() => undefined);
      if (content === undefined) continue;
      searched += 1;
      names.push(...findIn(content, secrets));
    }
    const mode = (await stat(path).catch(() => undefined))?.mode ?? 0;
    found.push(...names.map((secret) => ({ path, secret, mode: mode & 0o777 })));
  }
  return { searched, found };
}

/** Looks again and again at arguments and environment of every process of this machine. */
export class ProcessWatch {
  /** May grow while it looks. */
  readonly secrets: Secret[];
  readonly found = new Set<string>();
  /** Every command line that was seen, to tell whether it looked at the right time. */
  readonly commandLines = new Set<string>();
  #stopped = false;
  readonly #loop: Promise<void>;

  constructor(secrets: readonly Secret[]) {
    this.secrets = [...secrets];
    this.#loop = this.#look();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
  }

  async #look(): Promise<void> {
    while (!this.#stopped) {
      const names = await readdir("/proc");
      await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((pid) => this.#lookAt(pid)));
      await sleep(60);
    }
  }

  async #lookAt(pid: string): Promise<void> {
    const read = (what: string): Promise<string> =>
      readFile(`/proc/${pid}/${what}`, "latin1").catch(() => "");
    const [commandLine, environment] = [await read("cmdline"), await read("environ")];
    const shown = commandLine.replaceAll("\0", " ").trim();
    this.commandLines.add(shown);
    for (const name of findIn(commandLine, this.secrets)) this.found.add(`${name} in arguments: ${shown}`);
    for (const name of findIn(environment, this.secrets)) this.found.add(`${name} in environment: ${shown}`);
  }
}

import { type RemoteFile, ValueError } from "scarf-tomo";
import { isSafeRelativePath } from "./safe-path.js";

/** One file that a request asks for. */
export interface Selection {
  /** Relative to the job's directory; as it was asked for where nothing lies there. */
  readonly path: string;
  /** What lies there; undefined = nothing that may be seen. */
  readonly file: RemoteFile | undefined;
}

/** Lists a directory below the job's; the empty text is the job's directory itself. Entries have absolute paths. */
export type ListDirectory = (directory: string) => Promise<readonly RemoteFile[]>;

export interface SelectOptions {
  /** Names of hidden files mean them too: of a client that was told of them. No wildcard ever does. @defaultValue false */
  readonly hidden?: boolean;
}

/** IBM's client and ours ask for far fewer; a hostile one could keep the gateway busy with looking for a million. */
const mostNames = 1000;
const mostCharacters = 65_536;
/** Longer than any path; a pattern is compared with every file. */
const longestName = 4096;
/** A name has 255 bytes at most, and a set in a pattern stands for one of its characters. */
const longestPattern = 1024;

/**
 * Understands the body of a `file` request: a name, several with commas between, wildcards, a path relative to the job's
 * directory, an absolute one inside it, or a whole entry of the list as Mantid and SCARF's Python client send it.
 * Whatever points elsewhere, is hidden, or would run a command (`|gzip`) selects nothing.
 * @throws {ValueError} `USAGE_INVALID`: it names too many files.
 */
export async function selectFiles(
  request: string,
  list: ListDirectory,
  { hidden = false }: SelectOptions = {},
): Promise<readonly Selection[]> {
  if (request.length > mostCharacters || request.split(",").length > mostNames) {
    throw new ValueError("USAGE_INVALID", "The request names more files than can be asked for at once.", {
      hint: `Ask for at most ${mostNames} in one request.`,
    });
  }
  const text = request.replace(/[\r\n]+$/, "");
  const directory = new JobDirectory(list, hidden);
  const entry = /^[^*]*\*(.+)\*(?:FILE|DIR)\*\d+\*(?:true|false);?$/.exec(text)?.[1];
  if (entry !== undefined) return [await directory.select(entry)];
  // A name may hold a comma or a bracket: what exists exactly so is meant.
  const exact = await directory.select(text);
  if (exact.file !== undefined) return [exact];
  if (text.includes("|")) return [{ path: text, file: undefined }];
  const selections: Selection[] = [];
  for (const name of text.split(",").map((part) => part.trim())) {
    if (name === "") continue;
    const one = await directory.select(name);
    const found = one.file === undefined && /[*?[]/.test(name) ? await directory.match(name) : [one];
    selections.push(...(found.length === 0 ? [one] : found));
  }
  return selections;
}

class JobDirectory {
  readonly #list: ListDirectory;
  readonly #hidden: boolean;
  readonly #listed = new Map<string, readonly RemoteFile[]>();

  constructor(list: ListDirectory, hidden: boolean) {
    this.#list = list;
    this.#hidden = hidden;
  }

  async select(name: string): Promise<Selection> {
    if (name.length > longestName) return { path: name, file: undefined };
    const path = await this.#relative(name);
    if (path === undefined) return { path: name, file: undefined };
    const { directory, last } = split(path);
    const file = (await this.#files(directory)).find((candidate) => candidate.name === last);
    return file === undefined ? { path: name, file } : { path, file };
  }

  /** Files (not directories) whose names fit the wildcards of the last component. */
  async match(name: string): Promise<readonly Selection[]> {
    if (name.length > longestName) return [];
    const path = await this.#relative(name);
    if (path === undefined) return [];
    const { directory, last } = split(path);
    const files = await this.#files(directory);
    // Longer than any name that it could mean: taken apart it would only keep everybody else waiting.
    if (last.length > longestPattern) return [];
    const tokens = parsePattern(last);
    return files
      .filter((file) => file.kind === "file" && !file.name.startsWith(".") && fits(file.name, tokens))
      .map((file) => ({ path: directory === "" ? file.name : `${directory}/${file.name}`, file }));
  }

  /** The path relative to the job's directory; undefined = it is outside. */
  async #relative(name: string): Promise<string | undefined> {
    let path = name.replace(/^(?:\.\/)+/, "").replace(/\/+$/, "");
    if (path.startsWith("/")) {
      const root = await this.#root();
      if (root !== undefined && path.startsWith(`${root}/`)) path = path.slice(root.length + 1);
      // IBM's documents allow `/name` and `/dir/*` for what is in the job's directory.
      else path = path.replace(/^\/+/, "");
    }
    return isSafeRelativePath(path, { hidden: this.#hidden }) ? path : undefined;
  }

  async #root(): Promise<string | undefined> {
    const [first] = await this.#files("");
    return first?.path.replace(/[/\\][^/\\]*$/, "");
  }

  async #files(directory: string): Promise<readonly RemoteFile[]> {
    const known = this.#listed.get(directory);
    if (known !== undefined) return known;
    // A name in a directory that isn't there selects nothing; a job that isn't there is another matter.
    const files = await this.#list(directory).catch((error: unknown) => {
      if (directory === "") throw error;
      return [];
    });
    const sorted = files.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    this.#listed.set(directory, sorted);
    return sorted;
  }
}

function split(path: string): { readonly directory: string; readonly last: string } {
  const slash = path.lastIndexOf("/");
  return { directory: slash < 0 ? "" : path.slice(0, slash), last: path.slice(slash + 1) };
}

/** Shell wildcards `*`, `?`, `[abc]`, `[a-z]`, `[!a]`; without backtracking worse than quadratic. */
export function matchesWildcards(name: string, pattern: string): boolean {
  return fits(name, parsePattern(pattern));
}

function fits(name: string, tokens: readonly Token[]): boolean {
  const characters = Array.from(name);
  let at = 0;
  let token = 0;
  let starToken = -1;
  let starAt = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === "*") {
      starToken = token;
      starAt = at;
      token += 1;
    } else if (current !== undefined && current(characters[at] ?? "")) {
      at += 1;
      token += 1;
    } else if (starToken >= 0) {
      starAt += 1;
      at = starAt;
      token = starToken + 1;
    } else {
      return false;
    }
  }
  return tokens.slice(token).every((rest) => rest === "*");
}

type Token = "*" | ((character: string) => boolean);

function parsePattern(pattern: string): readonly Token[] {
  return [...pattern.matchAll(/\[(!|\^)?(\]?[^\]]*)\]|[^]/gu)].map(([text, negated, set]): Token => {
    if (text === "*") return "*";
    if (text === "?") return () => true;
    if (set === undefined) return (character) => character === text;
    const holds = parseSet(set);
    return (character) => holds(character) !== (negated !== undefined);
  });
}

function parseSet(set: string): (character: string) => boolean {
  const ranges = [...set.matchAll(/([^])-([^])|([^])/gu)].map(
    ([, from, to, single]) => [single ?? from ?? "", single ?? to ?? ""] as const,
  );
  return (character) => ranges.some(([from, to]) => character >= from && character <= to);
}

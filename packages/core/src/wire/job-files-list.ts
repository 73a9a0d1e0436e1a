import type { RemoteFile } from "../model/index.js";
import { baseName, isListedName } from "./file-name.js";
import { decodeHeaderValue, encodeHeaderValue } from "./headers.js";

/** One entry of a `jobfiles` answer: `host*path*type*size*flag;`. */
export interface JobFileEntry {
  /** `PAC Server`, or the host that has the file. */
  readonly host: string;
  readonly path: string;
  readonly kind: "file" | "directory";
  readonly sizeBytes: number;
  readonly readable: boolean;
  /** False for the short forms (`host*path`, `host:path`), which tell no size. */
  readonly sizeKnown: boolean;
}

export interface RenderJobFilesOptions {
  /** @defaultValue "PAC Server" */
  readonly host?: string;
  /** Percent-encode the paths, for a client that asked for it (`wireHeaders.names`): then every name is listed, hidden ones too. */
  readonly encoded?: boolean;
}

/** Text of a list. Unless `encoded`, hidden files are left out, and those whose names can't be represented. */
export function renderJobFiles(
  files: readonly RemoteFile[],
  { host = "PAC Server", encoded = false }: RenderJobFilesOptions = {},
): string {
  return files
    .filter((file) => encoded || !(file.name.startsWith(".") || /[*;\r\n]/.test(file.path)))
    .map((file) => {
      const path = encoded ? encodePath(file.path) : file.path;
      const kind = file.kind === "directory" ? "DIR*0" : `FILE*${file.sizeBytes}`;
      return `${host}*${path}*${kind}*${file.readable};`;
    })
    .join("");
}

/**
 * A text without `/` and `\` is a message, not a list; an empty one is an empty list. So is one that has neither the `*`
 * between an entry's fields nor the `;` behind the last: not every server keeps slashes out of what it says (`</errMsg>`,
 * a path, a date), and an empty list would be a lie.
 */
export function isJobFilesMessage(text: string): boolean {
  if (text.trim() === "") return false;
  return !/[/\\]/.test(text) || !/\*|;\s*$/.test(text);
}

/** A message that clients can't take for a list. */
export function renderJobFilesMessage(message: string): string {
  return message
    .split(/[/\\]+/)
    .map((part) => part.trim())
    .join(" ")
    .trim();
}

/** Reads a list, the forms of older servers included. Entries whose path ends in no file name are left out. */
export function parseJobFiles(text: string, { encoded = false } = {}): readonly JobFileEntry[] {
  if (encoded) return text.split(";").flatMap((entry) => parseEncoded(entry) ?? []);
  return text.split(";").flatMap((entry) => parseEntry(entry.trim()) ?? []);
}

function encodePath(path: string): string {
  return path
    .split("/")
    .map((part) => encodeHeaderValue(part).replaceAll("*", "%2A"))
    .join("/");
}

function parseEncoded(entry: string): JobFileEntry | undefined {
  const parsed = parseStarred(entry.trim());
  if (parsed === undefined) return undefined;
  const path = decodeHeaderValue(parsed.path);
  return isListedName(path.slice(path.lastIndexOf("/") + 1)) ? { ...parsed, path } : undefined;
}

function parseEntry(entry: string): JobFileEntry | undefined {
  const parsed = entry.includes("*") ? parseStarred(entry) : parseColon(entry);
  return parsed === undefined || baseName(parsed.path) === undefined ? undefined : parsed;
}

function parseStarred(entry: string): JobFileEntry | undefined {
  const [host = "", path, kind, size, flag] = entry.split("*");
  if (path === undefined || path === "") return undefined;
  const digits = size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined;
  // A number that was rounded is no size: a whole file would look cut.
  const sizeBytes = Number.isSafeInteger(digits) ? digits : undefined;
  return {
    host,
    path,
    kind: kind === "DIR" ? "directory" : "file",
    sizeBytes: sizeBytes ?? 0,
    readable: flag !== "false",
    sizeKnown: sizeBytes !== undefined,
  };
}

/** `host:path`, as servers before PAC 9 gave it; a drive letter (`C:\…`) is not a host. */
function parseColon(entry: string): JobFileEntry | undefined {
  const match = /^(?:([^/\\:]{2,}):)?((?:[A-Za-z]:)?[/\\].*)$/.exec(entry);
  if (match?.[2] === undefined) return undefined;
  return {
    host: match[1] ?? "",
    path: match[2],
    kind: "file",
    sizeBytes: 0,
    readable: true,
    sizeKnown: false,
  };
}

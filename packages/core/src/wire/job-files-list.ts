import type { RemoteFile } from "../model/index.js";
import { baseName } from "./file-name.js";

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

/** Text of a list. Files whose names can't be represented, and hidden ones, are left out. */
export function renderJobFiles(files: readonly RemoteFile[], host = "PAC Server"): string {
  return files
    .filter((file) => !/[*;\r\n]/.test(file.path) && !file.name.startsWith("."))
    .map(
      (file) =>
        `${host}*${file.path}*${file.kind === "directory" ? "DIR*0" : `FILE*${file.sizeBytes}`}*${file.readable};`,
    )
    .join("");
}

/** A text without `/` and `\` is a message, not a list; an empty one is an empty list. */
export function isJobFilesMessage(text: string): boolean {
  return text.trim() !== "" && !/[/\\]/.test(text);
}

/** A message that clients can't take for a list. */
export function renderJobFilesMessage(message: string): string {
  return message.replaceAll(/\s*[/\\]+\s*/g, " ").trim();
}

/** Reads a list, the forms of older servers included. Entries whose path ends in no usable file name are left out. */
export function parseJobFiles(text: string): readonly JobFileEntry[] {
  return text.split(";").flatMap((entry) => parseEntry(entry.trim()) ?? []);
}

function parseEntry(entry: string): JobFileEntry | undefined {
  const parsed = entry.includes("*") ? parseStarred(entry) : parseColon(entry);
  return parsed === undefined || baseName(parsed.path) === undefined ? undefined : parsed;
}

function parseStarred(entry: string): JobFileEntry | undefined {
  const [host = "", path, kind, size, flag] = entry.split("*");
  if (path === undefined || path === "") return undefined;
  const sizeBytes = size !== undefined && /^\d+$/.test(size) ? Number(size) : undefined;
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

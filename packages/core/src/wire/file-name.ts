import { isWellFormed } from "./well-formed.js";

/** The last component of a path of either kind of system, or `undefined` if there is none that is safe to use. */
export function baseName(path: string): string | undefined {
  const name = path.split(/[/\\]/).at(-1) ?? "";
  return name === "" || name === "." || name === ".." || hasControlCharacter(name) ? undefined : name;
}

/** A name as Linux files have it, with any character but `/` and control characters; else `undefined`. */
export function linuxFileName(name: string): string | undefined {
  const bad = name === "" || name === "." || name === ".." || name.includes("/") || hasControlCharacter(name);
  return bad ? undefined : name;
}

/**
 * True for what can be the name of a file somewhere, though perhaps not here. Lists keep names with control characters:
 * whoever downloads all is then told of the file that is refused, and does not take what came for everything.
 */
export function isListedName(name: string): boolean {
  return name !== "" && name !== "." && name !== ".." && !/[/\0]/.test(name);
}

/** True for a name that survives every client and server of the wire as one plain file name. */
export function isPlainFileName(name: string): boolean {
  return baseName(name) === name && !/["*;,<>|]/.test(name) && name.trim() === name && isWellFormed(name);
}

/** True for a name that can stand in a multipart header: quotes and line breaks would end it. */
export function isHeaderSafeFileName(name: string): boolean {
  return baseName(name) === name && !name.includes('"') && isWellFormed(name);
}

function hasControlCharacter(name: string): boolean {
  for (let index = 0; index < name.length; index++) {
    const code = name.charCodeAt(index);
    if (code < 0x20 || code === 0x7f) return true;
  }
  return false;
}

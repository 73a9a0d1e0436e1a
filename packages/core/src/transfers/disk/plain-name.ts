import { FileError } from "../../errors/index.js";
import { partPrefix } from "./atomic-file.js";

/** A name for a file in a directory, and for nothing else. */
export function isPlainName(name: string): boolean {
  return (
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !/[/\0]/.test(name) &&
    Buffer.byteLength(name, "utf8") <= 255
  );
}

/** @throws {FileError} `FILE_NAME_REFUSED`: no file can be written under it, or it is one that we give to what is incomplete. */
export function refuseOddName(name: string): void {
  if (isPlainName(name) && !name.startsWith(partPrefix)) return;
  throw new FileError("FILE_NAME_REFUSED", `\`${name.slice(0, 80)}\` can't be the name of a file.`, {
    hint: "Use a plain name of at most 255 bytes, without `/`.",
    context: { name },
  });
}

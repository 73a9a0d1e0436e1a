import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** A file, here or on the resource, is missing, in the way, or may not be read or written. */
export class FileError extends ScarfError<CodesOf<"FileError">> {
  override readonly name = "FileError";
}

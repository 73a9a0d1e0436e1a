import { FileError, isScarfError, type Session } from "scarf-tomo";
import { joinPath } from "./safe-path.js";
import type { UploadTarget } from "./upload-target.js";

/**
 * What a write was refused with; a refusal because of a file that is there already also says which one, so that a client whose
 * answer was lost knows its own file again.
 */
export async function nameExistingFile(
  session: Session,
  { jobId, directory }: UploadTarget,
  name: string,
  error: unknown,
): Promise<unknown> {
  if (!isScarfError(error) || error.code !== "FILE_EXISTS" || !session.capabilities.checksums) return error;
  // A path in a job's directory is known to the resource only.
  if (jobId !== "0" && !directory.startsWith("/")) return error;
  try {
    const { path } = await session.files.stat(joinPath(directory, name));
    const sha256 = await session.files.checksum(path);
    return new FileError("FILE_EXISTS", error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      context: { ...error.context, existing: { path, sha256 } },
      cause: error,
    });
  } catch {
    // It may be gone again, or no file at all.
    return error;
  }
}

export interface ExistingFile {
  readonly path: string;
  readonly sha256: string;
}

/** The file that an error of {@link nameExistingFile} names. */
export function existingFileOf({ existing }: Readonly<Record<string, unknown>>): ExistingFile | undefined {
  if (typeof existing !== "object" || existing === null) return undefined;
  if (!("path" in existing) || !("sha256" in existing)) return undefined;
  const { path, sha256 } = existing;
  return typeof path === "string" && typeof sha256 === "string" ? { path, sha256 } : undefined;
}

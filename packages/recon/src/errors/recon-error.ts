/**
 * Every way in which a reconstruction can be refused or fail, with the exit code of the program.
 *
 * The numbers are those of sysexits.h: 64 the command was wrong, 65 the data are wrong, 66 the input cannot be
 * read, 70 a fault of this program, 73 the output cannot be written. The table in `docs/guide/recon.md` repeats
 * it and a test compares the two.
 */
export const RECON_ERROR_CODES = {
  USAGE: 64,
  MEMORY_TOO_SMALL: 64,
  INPUT_MISSING: 66,
  INPUT_UNREADABLE: 66,
  INPUT_TRUNCATED: 65,
  INPUT_FORMAT: 65,
  FLATS_MISSING: 65,
  DARKS_MISSING: 65,
  ANGLES_MISSING: 65,
  ANGLES_MISMATCH: 65,
  ANGLES_UNIT: 65,
  SHAPE_MISMATCH: 65,
  VALUES_INVALID: 65,
  PIXEL_SIZE_MISSING: 65,
  OUTPUT_EXISTS: 73,
  OUTPUT_UNWRITABLE: 73,
  INTERNAL: 70,
} as const;

/** Stable name of a failure; branch on this, never on the text. */
export type ReconErrorCode = keyof typeof RECON_ERROR_CODES;

/** A {@link ReconError} as it crosses a thread or goes into JSON. */
export interface ReconErrorRecord {
  readonly code: ReconErrorCode;
  readonly message: string;
  readonly hint: string;
}

/**
 * A failure that the user can do something about: `message` names the file and says what is wrong with it,
 * `hint` says what to do next. A bug is an ordinary `Error`, and not dressed up as one of these.
 */
export class ReconError extends Error {
  override readonly name = "ReconError";
  readonly code: ReconErrorCode;
  readonly hint: string;

  constructor(code: ReconErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  /** Exit code of the program for this failure. */
  get exitCode(): number {
    return RECON_ERROR_CODES[this.code];
  }

  toJSON(): ReconErrorRecord {
    return { code: this.code, message: this.message, hint: this.hint };
  }

  static fromRecord(record: ReconErrorRecord): ReconError {
    return new ReconError(record.code, record.message, record.hint);
  }
}

/** The `code` of a Node.js system error (`ENOENT` …), or undefined for anything else. */
export function getSystemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return undefined;
}

/** Text of whatever was thrown. */
export function getErrorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Turns a failed open or read of `path` into the error that the user sees. */
export function inputError(path: string, error: unknown): ReconError {
  if (error instanceof ReconError) return error;
  switch (getSystemErrorCode(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return new ReconError(
        "INPUT_MISSING",
        `${path} does not exist.`,
        "Check the path; a job sees the files of the machine it runs on.",
        { cause: error },
      );
    case "EACCES":
    case "EPERM":
      return new ReconError(
        "INPUT_UNREADABLE",
        `No permission to read ${path}.`,
        "Ask its owner for read access, or copy it to a folder of yours.",
        { cause: error },
      );
    default:
      return new ReconError(
        "INPUT_UNREADABLE",
        `${path} could not be read: ${getErrorText(error)}.`,
        "Check the file system and try again.",
        { cause: error },
      );
  }
}

/** Turns a failed write of `path` into the error that the user sees. */
export function outputError(path: string, error: unknown): ReconError {
  if (error instanceof ReconError) return error;
  const code = getSystemErrorCode(error);
  const hint =
    code === "ENOSPC" || code === "EDQUOT"
      ? "The disc or your quota is full: free some space or choose another folder with --output. Finished slices are whole."
      : "Choose a folder that you may write to with --output.";
  return new ReconError("OUTPUT_UNWRITABLE", `${path} could not be written: ${getErrorText(error)}.`, hint, {
    cause: error,
  });
}

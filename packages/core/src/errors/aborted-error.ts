import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** The caller's AbortSignal ended the call. */
export class AbortedError extends ScarfError<CodesOf<"AbortedError">> {
  override readonly name = "AbortedError";
}

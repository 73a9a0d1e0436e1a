import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** Who you are was not accepted, or no longer is, or does not allow this. */
export class AuthError extends ScarfError<CodesOf<"AuthError">> {
  override readonly name = "AuthError";
}

import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** This resource cannot do that; its capabilities say so beforehand. */
export class NotSupportedError extends ScarfError<CodesOf<"NotSupportedError">> {
  override readonly name = "NotSupportedError";
}

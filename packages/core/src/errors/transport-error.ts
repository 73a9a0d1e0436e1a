import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** The connection failed. CONNECTION_FAILED: nothing was sent. CONNECTION_LOST and RESPONSE_TIMEOUT: the other side may have acted. */
export class TransportError extends ScarfError<CodesOf<"TransportError">> {
  override readonly name = "TransportError";
}

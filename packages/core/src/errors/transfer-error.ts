import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** Bytes did not arrive as they were sent. Nothing incomplete was left under its final name. */
export class TransferError extends ScarfError<CodesOf<"TransferError">> {
  override readonly name = "TransferError";
}

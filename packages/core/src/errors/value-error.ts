import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** A value given by the caller is wrong or missing, or the call was made out of order (Mantid and Python call it ValueError too). */
export class ValueError extends ScarfError<CodesOf<"ValueError">> {
  override readonly name = "ValueError";
}

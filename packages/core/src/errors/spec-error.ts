import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** A job description is wrong, or was read and refused. No job was created. */
export class SpecError extends ScarfError<CodesOf<"SpecError">> {
  override readonly name = "SpecError";
}

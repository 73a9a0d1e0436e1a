import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** The scheduler, or the service in front of it, refused, could not answer or answered something unreadable. */
export class SchedulerError extends ScarfError<CodesOf<"SchedulerError">> {
  override readonly name = "SchedulerError";
}

import type { CodesOf } from "./codes.js";
import { ScarfError } from "./scarf-error.js";

/** A configuration file or a name in it is wrong; the message names file, line and what was expected. */
export class ConfigError extends ScarfError<CodesOf<"ConfigError">> {
  override readonly name = "ConfigError";
}

import type { CommandTransport } from "../../transports/command-transport.js";
import type { RetryOptions } from "../../transports/retry.js";

/** Options of a {@link SlurmCliResource}. */
export interface SlurmCliResourceOptions {
  readonly id: string;
  /** The way to where Slurm's commands are, for one user; without a name for a look whether Slurm answers. */
  readonly openTransport: (userName: string | undefined) => CommandTransport;
  /** Added to the environment of Slurm's commands, e.g. `SLURM_CONF`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Directories outside of the user's own that paths may lead into, e.g. `/work`. */
  readonly sharedDirectories?: readonly string[];
  /** How long to wait between looks for a job whose submit got no answer. @defaultValue [0.25, 0.5, 1, 2, 4, 8] */
  readonly lookUpPausesSeconds?: readonly number[];
  readonly retry?: RetryOptions;
}

import type { HttpTimeouts } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";

/** Options of a `MantidWebResource`. */
export interface MantidWebResourceOptions {
  /** As the user calls it, e.g. `Fermi`. */
  readonly id: string;
  /** Address of the service, e.g. `https://fermi.ornl.gov/MantidRemote`; `info`, `submit` and the others are below it. */
  readonly baseUrl: string;
  /** PEM file with certificates of authorities that are trusted besides the system's. */
  readonly caFile?: string;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly retry?: RetryOptions;
  /** Lets passwords travel over plain http to another machine. @defaultValue false */
  readonly insecure?: boolean;
  /** What the service runs a submitted script with. Our gateway tells by itself. @defaultValue "python" */
  readonly scripts?: "python" | "shell";
  /** Fields that this service wants in every submit, e.g. `{ Account: "tomo" }`. */
  readonly requestVariables?: Readonly<Record<string, string>>;
  /** Pauses before each look for a job whose submit got no answer. @defaultValue [1, 2, 4] */
  readonly lookUpPausesSeconds?: readonly number[];
}

import type { HttpTimeouts } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";
import type { SlurmApiVersion } from "../../wire/index.js";

/**
 * Where a user's token comes from. `given`: it is what a log-in takes as the password. `file`: another program keeps it there.
 * `key`: it is made for each user from the site's HS256 key, and made anew in time: for a gateway, which knows its users already.
 */
export type SlurmTokenSource =
  | { readonly kind: "given" }
  | { readonly kind: "file"; readonly tokenFile: string }
  | { readonly kind: "key"; readonly keyFile: string; readonly lifetimeSeconds?: number };

/** A folder that this machine and the cluster's nodes have under the same path. */
export interface SharedFolder {
  /** The user's own directory; `{user}` stands for the name: `/home/{user}`. */
  readonly home: string;
  /** Further directories that users may reach, as far as their permissions go. */
  readonly shared?: readonly string[];
}

/** Options of a `SlurmRestResource`. */
export interface SlurmRestResourceOptions {
  /** As the user calls it, e.g. `cluster`. */
  readonly id: string;
  /** Address of slurmrestd, e.g. `https://slurm.example.org:6820`. With `socketPath` only its path counts. */
  readonly baseUrl: string;
  /** Unix socket that slurmrestd listens on, instead of TCP. */
  readonly socketPath?: string;
  /** Version of the interface to use. @defaultValue the newest that both sides know */
  readonly apiVersion?: SlurmApiVersion;
  /** @defaultValue `given` */
  readonly token?: SlurmTokenSource;
  /** Without one, the resource has no files, and each job must say its working directory. */
  readonly sharedFolder?: SharedFolder;
  /** PEM file with certificates of authorities that are trusted besides the system's. */
  readonly caFile?: string;
  /** Lets tokens travel over plain http to another machine. @defaultValue false */
  readonly insecure?: boolean;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly retry?: RetryOptions;
  /** Pauses before each look for a job whose submit got no answer. @defaultValue [1, 2, 4, 8] */
  readonly lookUpPausesSeconds?: readonly number[];
}

import type { ClientCertificate, HttpTimeouts } from "../../transports/http/index.js";
import type { RetryOptions } from "../../transports/retry.js";
import type { BearerSource } from "./login/bearer-token.js";
import type { PacGeneration } from "./pac-wire.js";

/** How a session is begun. */
export type PacLogin =
  /** The service's own `logon`. */
  | { readonly kind: "logon" }
  /** SCARF's page `cgi-bin/token.py`, which answers with the service's address and a token. */
  | {
      readonly kind: "token-page";
      readonly url: string;
      /** `query` puts the password into the address, where servers and proxies log it: only for a page that takes nothing else. @defaultValue "post" */
      readonly method?: "post" | "query";
    }
  /** An X.509 certificate, shown with every request instead of a token. Only for an https address. */
  | ({ readonly kind: "certificate" } & ClientCertificate)
  /** An access token of an OAuth2 issuer, sent with every request; it is read anew for each. */
  | ({ readonly kind: "bearer" } & BearerSource);

/** Options of a `PacResource`. */
export interface PacResourceOptions {
  /** As the user calls it, e.g. `SCARF@STFC`. */
  readonly id: string;
  /** Address of the service with its context path, e.g. `https://portal.scarf.rl.ac.uk:8443/platform/`. */
  readonly baseUrl: string;
  /** @defaultValue `{ kind: "logon" }` */
  readonly login?: PacLogin;
  /**
   * `current`: `/platform/ws` only. `legacy`: `/platform/webservice/pacclient` only. `auto`: what the server has, the current one
   * before the legacy one. @defaultValue "auto"
   */
  readonly generation?: "auto" | PacGeneration;
  /** PEM file with certificates of authorities that are trusted besides the system's. */
  readonly caFile?: string;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly retry?: RetryOptions;
  /** Files larger than this are sent in chunks of it; less where something on the way takes no large bodies. @defaultValue 536870912 */
  readonly uploadChunkBytes?: number;
  /** How far back finished jobs are asked for. @defaultValue 168 */
  readonly historyHours?: number;
  /** Pauses before each look for a job whose submit got no answer. @defaultValue [1, 2, 4] */
  readonly lookUpPausesSeconds?: readonly number[];
}

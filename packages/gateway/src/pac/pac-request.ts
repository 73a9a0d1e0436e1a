import type { IncomingHttpHeaders } from "node:http";
import type { ClientCertificate } from "../users/client-certificate.js";

/** A request of the PAC face, taken apart but not yet understood. */
export interface PacRequest {
  /** Components of the path behind the operation, decoded. */
  readonly rest: readonly string[];
  /** What follows `?`, untouched. */
  readonly query: string;
  /** The path began with two slashes. */
  readonly doubleSlash: boolean;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Ends early (without destroying the connection) when it is not read to its end. */
  readonly body: AsyncIterable<Uint8Array>;
  readonly address: string;
  /** The certificate of the client, if it sent one and the handshake has verified it. */
  readonly certificate: ClientCertificate | undefined;
  /** Address of the service as this client should use it, with a slash at its end: `http://host:8080/platform/`. */
  readonly baseUrl: string;
  /** Aborted when the client goes away before it has its answer. */
  readonly signal: AbortSignal;
  /** As many others as may wait for the same answer. */
  readonly hasFullCompany: boolean;
  /** Called when the answer is out, or the client is gone. */
  readonly onClosed: (work: () => void) => void;
}

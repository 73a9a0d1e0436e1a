import type { SizedContent } from "../../wire/multipart/multipart-body.js";
import type { RetryOptions } from "../retry.js";

export interface HttpTimeouts {
  /** Until a connection, TLS included, stands. @defaultValue 15 */
  readonly connectSeconds: number;
  /** From the last byte sent until the answer begins. @defaultValue 120 */
  readonly responseSeconds: number;
  /** In the middle of a body, without one byte that the other side takes or gives. @defaultValue 60 */
  readonly idleSeconds: number;
  /** From the beginning to the last byte of the answer. @defaultValue none: a large file takes as long as it takes */
  readonly totalSeconds?: number;
}

/** By which a client shows on https who it is. */
export interface ClientCertificate {
  /** PEM file with the certificate, and those between it and its authority. */
  readonly certFile: string;
  /** PEM file with its private key, which nobody else may read. */
  readonly keyFile: string;
  /** Opens the key, if it is encrypted. */
  readonly passphrase?: string;
  /** File that holds the passphrase, which nobody else may read. */
  readonly passphraseFile?: string;
}

export interface HttpClientOptions {
  readonly clientCertificate?: ClientCertificate;
  /** PEM file with certificates of authorities that are trusted besides the system's. */
  readonly caFile?: string;
  /** Every request goes to this Unix socket; the address's host is only what the request says. For http:// addresses. */
  readonly socketPath?: string;
  readonly timeouts?: Partial<HttpTimeouts>;
  readonly retry?: RetryOptions;
  readonly userAgent?: string;
}

/** A body of known size. A `SizedContent` is read again when the request is repeated. */
export type HttpBody = string | Uint8Array | SizedContent;

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE" | "PATCH" | "HEAD";
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Always sent with `Content-Length`; a GET may have one too (the legacy service wants it). */
  readonly body?: HttpBody;
  /** True = doing it twice is as good as once, so it is repeated after a lost connection. Otherwise only when nothing was sent. */
  readonly repeatable?: boolean;
  /** A connection of its own: one from the pool may be closed by the server in the moment it is used, and nobody knows then whether the request arrived. */
  readonly ownConnection?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly timeouts?: Partial<HttpTimeouts>;
  /** Bytes of the body that have left, after each chunk. Starts again from 0 when the request is repeated. */
  readonly onSent?: (bytesSent: number) => void;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; of a repeated header the first value. */
  readonly headers: Readonly<Record<string, string>>;
  /** All `Set-Cookie` headers, each as it stands. */
  readonly setCookies: readonly string[];
  /** `Content-Length`, if the answer has one. */
  readonly sizeBytes: number | undefined;
  /**
   * The body, once. Chunks may be reused buffers: consume each before asking for the next.
   * @throws {TransportError} `CONNECTION_LOST`: it was cut; `RESPONSE_TIMEOUT`.
   */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The whole body as text. @throws {SchedulerError} `OUTPUT_UNREADABLE` above `maxBytes`. */
  text(maxBytes?: number): Promise<string>;
  /** Throws the rest away and frees the connection. */
  discard(): void;
}

import { AbortedError, TransportError } from "../../errors/index.js";

export interface FailureContext {
  readonly method: string;
  readonly url: URL;
  /** A connection stood, so that the request may have arrived. */
  readonly connected: boolean;
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the connection was refused",
  ENOENT: "there is no such socket",
  EACCES: "its socket may not be opened by this user",
  ENOTFOUND: "there is no computer of that name",
  EAI_AGAIN: "its name could not be looked up",
  EHOSTUNREACH: "there is no way to it",
  ENETUNREACH: "the network can't be reached",
  ETIMEDOUT: "it did not answer",
  ECONNRESET: "the connection was closed",
  EPIPE: "the connection was closed",
  HPE_INVALID_CONSTANT: "what answers there does not speak HTTP",
  EPROTO: "what answers there does not speak TLS as expected",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: "it wants to see a certificate of yours",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not know the authority of your certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "it does not accept your certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "it does not accept your certificate",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "your certificate has expired",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: "your certificate has been revoked",
  ERR_SSL_WRONG_VERSION_NUMBER: "what answers there does not speak TLS (is it http:// instead of https://?)",
};

const untrusted: Readonly<Record<string, string>> = {
  SELF_SIGNED_CERT_IN_CHAIN: "it is signed by an authority that is not known here",
  DEPTH_ZERO_SELF_SIGNED_CERT: "it has signed itself",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not known here",
  UNABLE_TO_GET_ISSUER_CERT: "its authority is not known here",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not known here",
  CERT_HAS_EXPIRED: "it has expired",
  CERT_NOT_YET_VALID: "it is not valid yet",
  CERT_SIGNATURE_FAILURE: "its signature is wrong",
  ERR_TLS_CERT_ALTNAME_INVALID: "it was issued for another name",
  HOSTNAME_MISMATCH: "it was issued for another name",
};

/** URL for messages and logs: never with a query, which may hold what is secret, nor with a user. */
export function bareUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

export function contextOf({ method, url }: Pick<FailureContext, "method" | "url">): Record<string, unknown> {
  return { method, url: bareUrl(url) };
}

/** What a failure of Node's HTTP means to the user. */
export function transportError(cause: unknown, failure: FailureContext): TransportError {
  const code = codeOf(cause);
  const { host } = failure.url;
  const context = { ...contextOf(failure), ...(code !== undefined && { reason: code }) };
  const distrust = code === undefined ? undefined : untrusted[code];
  if (distrust !== undefined) {
    return new TransportError("TLS_UNTRUSTED", `The certificate of ${host} can't be trusted: ${distrust}.`, {
      hint: "Nothing was sent. If the certificate is right, name the file of its authority as caFile of this resource.",
      context,
      cause,
    });
  }
  const reason = (code === undefined ? undefined : reasons[code]) ?? describe(cause);
  if (!failure.connected) {
    return new TransportError("CONNECTION_FAILED", `${host} can't be reached: ${reason}.`, {
      hint: "Nothing was sent. Check the address and your network, then try again.",
      context,
      cause,
    });
  }
  return new TransportError("CONNECTION_LOST", `The connection to ${host} was lost: ${reason}.`, {
    hint: "The other side may have acted already: look at the state there before you repeat it.",
    context,
    cause,
  });
}

export type WaitingFor = "connect" | "send" | "answer" | "receive" | "total";

/** Nothing happened for too long. Before a connection stood, nothing was sent. */
export function timeoutError(waiting: WaitingFor, seconds: number, failure: FailureContext): TransportError {
  const { host } = failure.url;
  const context = { ...contextOf(failure), waiting, seconds };
  if (waiting === "connect" || !failure.connected) {
    return new TransportError("CONNECTION_FAILED", `${host} did not answer within ${seconds} s.`, {
      hint: "Nothing was sent. Check the address and your network, then try again.",
      context,
    });
  }
  const what = {
    send: `${host} took no more bytes for ${seconds} s.`,
    answer: `${host} gave no answer within ${seconds} s.`,
    receive: `${host} stopped in the middle of its answer for ${seconds} s.`,
    total: `${host} was not done within ${seconds} s.`,
  }[waiting];
  return new TransportError("RESPONSE_TIMEOUT", what, {
    hint: "The other side may have acted already: look at the state there before you repeat it.",
    context,
  });
}

export function abortedError(failure: Pick<FailureContext, "method" | "url">, cause: unknown): AbortedError {
  return new AbortedError("ABORTED", "The call was stopped.", { context: contextOf(failure), cause });
}

function codeOf(cause: unknown): string | undefined {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : undefined;
}

function describe(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text === "" ? "no reason is known" : text.replace(/\.$/, "");
}

import { toWellFormed } from "./well-formed.js";

/**
 * HTTP headers by which our gateway and our client know more of each other than the legacy wire can carry.
 * Every other client and server ignores them; nothing may depend on their presence. Lower case, as Node gives them.
 */
export const wireHeaders = {
  /** Request, on `submitapp`: the same user and key give the first job's id. Percent-encoded. */
  submitKey: "scarf-submit-key",
  /**
   * Header of a part that holds a file whose name the form can't carry (quotes, backslashes, stars …): the name,
   * percent-encoded. It wins over all other names of the part.
   */
  fileName: "scarf-file-name",
  /**
   * Request and response of `jobfiles`: `encoded` = paths in the list are percent-encoded (all but `/`), so that no name
   * must be left out, hidden ones neither. Request of a download: hidden files can be asked for.
   */
  names: "scarf-names",
  /** Request, on `upfile` and `uplargefile`: `no` = an existing file is `FILE_EXISTS`. */
  overwrite: "scarf-overwrite",
  /**
   * Request, with `sha-256`: this client compares digests. Others spare the gateway the computing, and get the parts of a download
   * without a length in them, exactly as the real service writes them.
   */
  wantDigest: "scarf-want-digest",
  /** Request and response of a download of one file: `OFFSET+` or `OFFSET+LENGTH`, the part of it that is sent. */
  range: "scarf-range",
  /** Response to a download: `behind` = each file is followed by a part that holds its SHA-256 in hex. */
  digests: "scarf-digests",
  /**
   * Request, on `upfile`: `each` = one file's failure does not keep the others from coming, and the answer tells in its second line,
   * as JSON, what became of each.
   */
  outcomes: "scarf-outcomes",
  /** Response to a chunk: SHA-256 in hex of the chunk as it is kept now. */
  chunkSha256: "scarf-chunk-sha256",
  /** Response to a chunk: how many of the file's are still missing; `0` = the file stands under its name. */
  chunksMissing: "scarf-chunks-missing",
  /** Response, always: version of the gateway. */
  gateway: "scarf-gateway",
  /** Response, on every error answer whatever its HTTP form: one of our error codes. */
  errorCode: "scarf-error-code",
  /** Response: the remedy, percent-encoded. */
  errorHint: "scarf-error-hint",
  /**
   * Response: SHA-256 in hex of the one file in a download, of the file an upload has made, or of the file that is in the way of one
   * (`FILE_EXISTS`).
   * Also a header of a part in a download of several files, together with `content-length`.
   */
  sha256: "scarf-sha256",
  /** Response to an upload: where the file lies now, or the one that is in its way. Percent-encoded. */
  path: "scarf-path",
  /** Response: when the session ends if nothing happens. ISO 8601. */
  sessionExpires: "scarf-session-expires",
  /** Response to a log-in: comma list of the capabilities (names of `Capabilities`) that hold behind the gateway. */
  capabilities: "scarf-capabilities",
} as const;

/** Any text as a header value: printable ASCII without loss. */
export function encodeHeaderValue(text: string): string {
  return encodeURIComponent(toWellFormed(text));
}

/** Reverses {@link encodeHeaderValue}; a value that was never encoded comes back as it is. */
export function decodeHeaderValue(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext, type SecureContextOptions, type TlsOptions } from "node:tls";
import type { ConfigurationProblem } from "scarf-tomo";
import { findTlsProblems } from "../configuration/find-tls-problems.js";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";

export type TlsFiles = NonNullable<GatewayConfiguration["tls"]>;

/** Certificate and key as they lie on the disk at one moment. */
export interface TlsPair {
  readonly options: SecureContextOptions & TlsOptions;
  readonly expiresAt: Date;
  /** SHA-256 of the certificate, as `openssl x509 -fingerprint -sha256` shows it: for the log. */
  readonly fingerprint: string;
}

/** A pair that can be used, or what is wrong with it. */
export async function readTlsPair(
  tls: TlsFiles,
): Promise<TlsPair | { readonly problems: readonly ConfigurationProblem[] }> {
  const problems = await findTlsProblems({ tls });
  if (problems.length > 0) return { problems };
  const options: TlsPair["options"] = {
    cert: await readFile(tls.cert),
    key: await readFile(tls.key),
    minVersion: "TLSv1.2",
    ...(tls.clientCa !== undefined && {
      ca: await readFile(tls.clientCa),
      requestCert: true,
      // A client without one logs in by password.
      rejectUnauthorized: false,
    }),
  };
  try {
    // The files may have been exchanged since they were looked at: what counts is what was read here.
    createSecureContext(options);
    const certificate = new X509Certificate(options.cert instanceof Buffer ? options.cert : "");
    return {
      options,
      expiresAt: new Date(certificate.validTo),
      fingerprint: certificate.fingerprint256,
    };
  } catch (error) {
    const message = `expected a certificate and its key, found a pair that can't be used: ${error instanceof Error ? error.message : ""}`;
    return { problems: [{ path: ["tls", "cert"], message }] };
  }
}

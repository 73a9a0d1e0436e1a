import type { X509Certificate } from "node:crypto";
import { AuthError } from "scarf-tomo";
import type { GatewayConfiguration } from "../configuration/gateway-configuration.js";
import { userNamePattern } from "./users-file.js";

/** A client certificate that the TLS handshake has verified. */
export interface ClientCertificate {
  /** `C=UK, O=eScience, CN=anna smith`: the fields in the order of the certificate. */
  readonly subject: string;
  /** Each field with all its values: one that stands there twice names nobody. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly expiresAt: Date;
}

export function describeCertificate(certificate: X509Certificate): ClientCertificate {
  const lines = certificate.subject.split("\n").filter((line) => line !== "");
  const fields = new Map<string, string[]>();
  for (const line of lines) {
    const equals = line.indexOf("=");
    if (equals < 0) continue;
    const name = line.slice(0, equals);
    fields.set(name, [...(fields.get(name) ?? []), line.slice(equals + 1)]);
  }
  return { subject: lines.join(", "), fields, expiresAt: new Date(certificate.validTo) };
}

/**
 * The user that a certificate names: by its whole subject, else by one field.
 * @throws {AuthError} `AUTH_FAILED`: it names none.
 */
export function userOfCertificate(
  { subject, fields }: ClientCertificate,
  { field, names }: GatewayConfiguration["users"]["certificates"],
): string {
  const listed = Object.hasOwn(names, subject) ? names[subject] : undefined;
  if (listed !== undefined) return listed;
  const [only, ...others] = fields.get(field) ?? [];
  if (only !== undefined && others.length === 0 && userNamePattern.test(only)) return only;
  throw unknownCertificate(subject);
}

export function unknownCertificate(subject: string): AuthError {
  return new AuthError("AUTH_FAILED", `The certificate of ${subject} is of no user of this service.`, {
    hint: "Ask the operator of the service to add the user, or to name the user of this subject in users.certificates.names.",
  });
}

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface TestCertificates {
  /** What a client is told to trust. */
  readonly caFile: string;
  /** Paths of the server's files. */
  readonly cert: string;
  readonly key: string;
  /** Their contents. */
  readonly pem: { readonly cert: string; readonly key: string };
}

const keys = { keyType: "ec", algorithm: "sha256" } as const;

export interface CertificateOptions {
  readonly notAfter?: Date;
  /** Whom the certificate is for. @defaultValue this machine's loopback address */
  readonly dnsName?: string;
}

/** An authority of our own in a folder, which is made, and a server's certificate signed by it. */
export async function makeCertificates(
  folder: string,
  { notAfter, dnsName }: CertificateOptions = {},
): Promise<TestCertificates> {
  const authority = await generate([{ name: "commonName", value: "Authority of the test" }], {
    ...keys,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: "commonName", value: "server of the test" }], {
    ...keys,
    ca: { key: authority.private, cert: authority.cert },
    notBeforeDate: new Date(Date.now() - 30 * 86_400_000),
    ...(notAfter !== undefined && { notAfterDate: notAfter }),
    extensions: [
      {
        name: "subjectAltName",
        altNames: dnsName === undefined ? [{ type: 7, ip: "127.0.0.1" }] : [{ type: 2, value: dnsName }],
      },
    ],
  });
  await mkdir(folder, { recursive: true });
  const file = async (name: string, content: string): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, content, { mode: 0o600 });
    return path;
  };
  await file("ca.key", authority.private);
  return {
    caFile: await file("ca.pem", authority.cert),
    cert: await file("cert.pem", server.cert),
    key: await file("key.pem", server.private),
    pem: { cert: server.cert, key: server.private },
  };
}

export interface ClientKeyPair {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
}

export interface ClientOptions {
  readonly notAfter?: Date;
  /** What the certificate may be used for. @defaultValue clientAuth */
  readonly usage?: "clientAuth" | "serverAuth";
}

/** A certificate of a client, signed by the authority of the folder; without `folder` by nobody but itself. */
export async function makeClientCertificate(
  folder: string | undefined,
  subject: readonly (readonly [shortName: string, value: string])[],
  { notAfter, usage = "clientAuth" }: ClientOptions = {},
): Promise<ClientKeyPair> {
  const ca =
    folder === undefined
      ? undefined
      : {
          key: await readFile(join(folder, "ca.key"), "utf8"),
          cert: await readFile(join(folder, "ca.pem"), "utf8"),
        };
  const made = await generate(
    subject.map(([shortName, value]) => ({ shortName, value: escapeValue(value) })),
    {
      ...keys,
      ...(ca !== undefined && { ca }),
      ...(notAfter !== undefined && {
        notBeforeDate: new Date(notAfter.getTime() - 86_400_000),
        notAfterDate: notAfter,
      }),
      extensions: [{ name: "extKeyUsage", [usage]: true }],
    },
  );
  return { cert: made.cert, key: made.private };
}

/** The generator takes values for text of RFC 4514, in which a comma would begin another field. */
function escapeValue(value: string): string {
  return value.replaceAll(/[,+"\\<>;]/g, String.raw`\$&`).replaceAll("\n", String.raw`\0A`);
}

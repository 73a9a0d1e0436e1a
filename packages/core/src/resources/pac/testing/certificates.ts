import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generate } from "selfsigned";

export interface TestCertificates {
  /** What a client is told to trust. */
  readonly caFile: string;
  readonly key: string;
  readonly cert: string;
}

const keys = { keyType: "ec", algorithm: "sha256" } as const;

/** An authority of our own, kept in `directory`, and a certificate signed by it for this machine, or for another name. */
export async function makeCertificates(directory: string, dnsName?: string): Promise<TestCertificates> {
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
    extensions: [
      {
        name: "subjectAltName",
        altNames: dnsName === undefined ? [{ type: 7, ip: "127.0.0.1" }] : [{ type: 2, value: dnsName }],
      },
    ],
  });
  const caFile = join(directory, `ca-${dnsName ?? "loopback"}.pem`);
  await writeFile(caFile, authority.cert);
  return { caFile, key: server.private, cert: server.cert };
}

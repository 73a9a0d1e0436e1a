import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { ConfigurationProblem } from "scarf-tomo";
import type { GatewayConfiguration } from "./gateway-configuration.js";

/** What would keep the files of `[tls]` from working, found before anything listens. */
export async function findTlsProblems({
  tls,
}: Pick<GatewayConfiguration, "tls">): Promise<readonly ConfigurationProblem[]> {
  if (tls === undefined) return [];
  const problems: ConfigurationProblem[] = [];
  const problem = (key: "cert" | "key" | "clientCa", message: string): undefined => {
    problems.push({ path: ["tls", key], message });
  };
  const [cert, key] = await Promise.all([readPem(tls.cert), readPem(tls.key)]);
  for (const [name, pem] of [["cert", cert] as const, ["key", key] as const])
    if (pem === undefined)
      problem(name, `expected a readable file as tls.${name}, found none at ${tls[name]}`);
  const certificate: X509Certificate | undefined =
    cert === undefined
      ? undefined
      : (attempt(() => new X509Certificate(cert)) ??
        problem("cert", `expected a certificate in PEM as tls.cert, found something else in ${tls.cert}`));
  const privateKey: KeyObject | undefined =
    key === undefined
      ? undefined
      : (attempt(() => createPrivateKey(key)) ??
        problem(
          "key",
          `expected a private key in PEM without a passphrase as tls.key, found something else in ${tls.key}`,
        ));
  if (certificate !== undefined && privateKey !== undefined && !certificate.checkPrivateKey(privateKey))
    problem(
      "key",
      `expected the key of the certificate in ${tls.cert} as tls.key, found another in ${tls.key}`,
    );
  if (tls.clientCa !== undefined) {
    const authorities = await readPem(tls.clientCa);
    if (authorities === undefined)
      problem("clientCa", `expected a readable file as tls.clientCa, found none at ${tls.clientCa}`);
    else if (attempt(() => new X509Certificate(authorities)) === undefined)
      problem(
        "clientCa",
        `expected certificates of authorities in PEM as tls.clientCa, found something else in ${tls.clientCa}`,
      );
  }
  return problems;
}

async function readPem(path: string): Promise<Buffer | undefined> {
  return readFile(path).catch(() => undefined);
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    // OpenSSL's own words help nobody.
    return undefined;
  }
}

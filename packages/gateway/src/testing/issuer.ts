import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from "jose";

/** An OAuth2 issuer: a key pair, and tokens signed with it. */
export interface TestIssuer {
  /** File with its set of public keys. */
  readonly keysFile: string;
  /** Signs a token that holds for ten minutes, unless `claims` say otherwise. */
  token(claims: Readonly<Record<string, unknown>>): Promise<string>;
  /** Takes another key pair. The old one is in the file no longer. */
  rotate(): Promise<void>;
}

export const issuerName = "https://login.example.org/";
export const audience = "scarf-gateway";

export async function makeIssuer(folder: string): Promise<TestIssuer> {
  const keysFile = join(folder, "keys.json");
  let count = 0;
  const makeKey = async (): Promise<{ readonly kid: string; readonly key: CryptoKey }> => {
    const kid = `key-${(count += 1)}`;
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    await writeFile(
      keysFile,
      JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: "ES256" }] }),
    );
    return { kid, key: privateKey };
  };
  let current = await makeKey();
  return {
    keysFile,
    token: (claims) => {
      const seconds = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: issuerName, aud: audience, exp: seconds + 600, ...claims })
        .setProtectedHeader({ alg: "ES256", kid: current.kid })
        .sign(current.key);
    },
    async rotate() {
      current = await makeKey();
    },
  };
}

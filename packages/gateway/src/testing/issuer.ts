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
  /** Adds a key pair, as an issuer that names none of its keys: tokens are signed with the newest. */
  addNameless(): Promise<void>;
}

export const issuerName = "https://login.example.org/";
export const audience = "scarf-gateway";

export async function makeIssuer(folder: string): Promise<TestIssuer> {
  const keysFile = join(folder, "keys.json");
  let count = 0;
  let published: readonly object[] = [];
  const publish = async (key: object, before: readonly object[]): Promise<void> => {
    published = [...before, key];
    await writeFile(keysFile, JSON.stringify({ keys: published }));
  };
  const makeNamed = async (): Promise<{ readonly kid?: string; readonly key: CryptoKey }> => {
    const kid = `key-${(count += 1)}`;
    const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
    await publish({ ...(await exportJWK(publicKey)), kid, alg: "ES256" }, []);
    return { kid, key: privateKey };
  };
  let current = await makeNamed();
  return {
    keysFile,
    token: (claims) => {
      const seconds = Math.floor(Date.now() / 1000);
      const { kid, key } = current;
      return new SignJWT({ iss: issuerName, aud: audience, exp: seconds + 600, ...claims })
        .setProtectedHeader({ alg: "ES256", ...(kid !== undefined && { kid }) })
        .sign(key);
    },
    async rotate() {
      current = await makeNamed();
    },
    async addNameless() {
      const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
      current = { key: privateKey };
      const nameless = published.map((one) => Object.assign({}, one, { kid: undefined }));
      await publish(await exportJWK(publicKey), nameless);
    },
  };
}

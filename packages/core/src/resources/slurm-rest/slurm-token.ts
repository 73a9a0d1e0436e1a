import { createHmac } from "node:crypto";

/** What a token says of itself. Nothing of it is proven: only Slurm can check the signature. */
export interface TokenClaims {
  readonly userName?: string;
  readonly expiresAt?: Date;
}

/** Undefined: it is no JSON web token. */
export function readTokenClaims(token: string): TokenClaims | undefined {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token) ?? [];
  if (payload === undefined) return undefined;
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof claims !== "object" || claims === null) return undefined;
  const userName = "sun" in claims ? claims.sun : "username" in claims ? claims.username : undefined;
  const expiry = "exp" in claims ? claims.exp : undefined;
  return {
    ...(typeof userName === "string" && { userName }),
    ...(typeof expiry === "number" && { expiresAt: new Date(expiry * 1000) }),
  };
}

/** A token of Slurm's `auth/jwt`, signed with the site's HS256 key. */
export function mintToken(
  key: Uint8Array,
  { userName, issuedAt, lifetimeSeconds }: { userName: string; issuedAt: Date; lifetimeSeconds: number },
): string {
  const iat = Math.floor(issuedAt.getTime() / 1000);
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ exp: iat + lifetimeSeconds, iat, sun: userName })}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}

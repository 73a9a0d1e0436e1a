import { readFile, stat } from "node:fs/promises";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from "jose";

/** @throws {SyntaxError} it is no JSON. @throws {errors.JWKSInvalid} it is no set of keys. */
export function parseKeySet(text: string): JSONWebKeySet {
  const parsed: unknown = JSON.parse(text);
  if (isKeySet(parsed)) return parsed;
  throw new errors.JWKSInvalid("JSON Web Key Set malformed");
}

function isKeySet(value: unknown): value is JSONWebKeySet {
  return typeof value === "object" && value !== null && "keys" in value && Array.isArray(value.keys);
}

/** True for a set of keys that is fetched; anything else is the path of a file. */
export function isWebAddress(keys: string): boolean {
  return /^https?:\/\//i.test(keys);
}

/** The issuer's keys: fetched from a web address (and again when a token names one that is not among them), or of a file. */
export function openKeySet(keys: string): JWTVerifyGetKey {
  return isWebAddress(keys) ? createRemoteJWKSet(new URL(keys)) : fileKeySet(keys);
}

/** Looks at the file each time, so that an exchanged one counts at once. */
function fileKeySet(path: string): JWTVerifyGetKey {
  let known: { readonly version: string; readonly get: JWTVerifyGetKey } | undefined;
  return async (header, token) => {
    const { mtimeMs, size } = await stat(path);
    const version = `${mtimeMs} ${size}`;
    if (known?.version !== version) {
      known = { version, get: createLocalJWKSet(parseKeySet(await readFile(path, "utf8"))) };
    }
    return known.get(header, token);
  };
}

import { parseTokenCookie } from "scarf-tomo/wire";
import type { Proof } from "../sessions/proof.js";
import type { PacRequest } from "./pac-request.js";

/**
 * By what a request shows whose it is: the token in its cookie; else a bearer token, which pac sends with `Auth-User` and without
 * a cookie; else the client's certificate, for which pac sends an empty cookie and BatchEuphoria none.
 */
export function readProof(request: Pick<PacRequest, "headers" | "certificate">): Proof | undefined {
  const { headers, certificate } = request;
  const token = parseTokenCookie(headers.cookie);
  if (token !== undefined) return { kind: "token", token };
  const bearer = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) {
    const given = headers["auth-user"];
    return { kind: "bearer", token: bearer, userName: typeof given === "string" ? given.trim() : "" };
  }
  if (certificate === undefined || isOfForeignPage(request)) return undefined;
  return { kind: "certificate", certificate };
}

/** A browser shows a certificate by itself, also when a page of somebody else sends the request. */
function isOfForeignPage({ headers }: Pick<PacRequest, "headers">): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin" && site !== "none";
  return headers.origin !== undefined;
}

import type { RawRequest } from "../pac/pac-face.js";
import { readProof } from "../pac/read-proof.js";
import type { Proof } from "../sessions/proof.js";

const cookieName = "scarf_mantid_session";

/** For the browser that never comes: whoever follows a link elsewhere must not act here by it. */
export function renderSessionCookie(token: string, isSecure: boolean): string {
  const attributes = ["Path=/", "HttpOnly", "SameSite=Strict", ...(isSecure ? ["Secure"] : [])];
  return [`${cookieName}=${encodeURIComponent(token)}`, ...attributes].join("; ");
}

/** The session of this face's cookie, else what the other face takes too. */
export function findMantidProof(request: Pick<RawRequest, "headers" | "certificate">): Proof | undefined {
  const cookies = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  const own = cookies.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
  if (own === undefined || own === "") return readProof(request);
  return { kind: "token", token: decode(own.replaceAll('"', "")) };
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

import { ValueError } from "scarf-tomo";
import { decodePercent } from "scarf-tomo/wire";

export type MantidParameter = "Action" | "TransID" | "File" | "JobID" | "Directory";

/**
 * The parameters as they stand in the address. Mantid encodes nothing, so that a `&` may be part of a name: only one that a
 * parameter of the interface follows separates.
 */
export function readQuery(query: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of query.split(/&(?=(?:Action|TransID|File|JobID|Directory)=)/)) {
    const equals = pair.indexOf("=");
    const name = equals < 0 ? pair : pair.slice(0, equals);
    if (!found.has(name)) found.set(name, equals < 0 ? "" : pair.slice(equals + 1));
  }
  return found;
}

/** A parameter, decoded. @throws {ValueError} `PROPERTY_MISSING` */
export function requireParameter(query: string, name: MantidParameter): string {
  const value = getParameter(query, name);
  if (value !== undefined && value !== "") return value;
  throw new ValueError("PROPERTY_MISSING", `The parameter ${name} is missing.`, {
    hint: "Names of parameters are case-sensitive.",
  });
}

export function getParameter(query: string, name: MantidParameter): string | undefined {
  const value = readQuery(query).get(name);
  return value === undefined ? undefined : decodePercent(value);
}

/** A name of a file as it may be meant: decoded, and as it stands there, because Mantid encodes nothing. */
export function readFileNames(query: string): readonly string[] {
  const raw = readQuery(query).get("File") ?? "";
  return [...new Set([requireParameter(query, "File"), raw])];
}

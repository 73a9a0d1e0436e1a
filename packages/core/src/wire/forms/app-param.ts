import { WireFormatError } from "../wire-format-error.js";
import { readXmlValues } from "../xml/xml-values.js";
import { escapeXml } from "../xml/xml-text.js";

/** One filled-in field of an application form. */
export interface AppParam {
  readonly id: string;
  readonly value: string;
  /** `file` for `name,upload` and relatives, else empty. */
  readonly type: "" | "file";
}

export function renderAppParam({ id, value, type }: AppParam): string {
  return `<AppParam><id>${escapeXml(id)}</id><value>${escapeXml(value)}</value><type>${type}</type></AppParam>`;
}

/**
 * Reads one parameter. No client but one escapes values, so a document that is not XML (`a < b && c`) is taken apart at its
 * tags, the value up to the last `</value>`. @throws {WireFormatError} there is no id.
 */
export function parseAppParam(document: string): AppParam {
  const values = strictValues(document) ?? looseValues(document);
  const id = values.get("id")?.trim() ?? "";
  if (id === "") throw new WireFormatError("malformed", "A parameter of the form has no id.");
  return { id, value: values.get("value") ?? "", type: values.get("type")?.trim() === "file" ? "file" : "" };
}

function strictValues(document: string): ReadonlyMap<string, string> | undefined {
  try {
    return readXmlValues(document);
  } catch (error) {
    if (error instanceof WireFormatError) return undefined;
    throw error;
  }
}

function looseValues(document: string): ReadonlyMap<string, string> {
  const from = document.indexOf("<value>");
  const to = document.lastIndexOf("</value>");
  const values = new Map<string, string>();
  const around = from < 0 || to < from ? document : document.slice(0, from) + document.slice(to + 8);
  if (from >= 0 && to >= from) values.set("value", document.slice(from + 7, to));
  for (const name of ["id", "type"]) {
    const match = new RegExp(`<${name}>([^<]*)</${name}>`).exec(around);
    if (match?.[1] !== undefined) values.set(name, match[1]);
  }
  return values;
}

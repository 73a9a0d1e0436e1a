import { WireFormatError } from "../wire-format-error.js";
import { parseXml } from "./parse-xml.js";

/** Text of the first element of each name that holds text only: all that is needed of a short answer. */
export type XmlValues = ReadonlyMap<string, string>;

/** Reads a short document such as `<Job><id>417666</id></Job>`. @throws {WireFormatError} */
export function readXmlValues(document: string): XmlValues {
  const values = new Map<string, string>();
  let text = "";
  let leaf = false;
  parseXml(document, {
    open() {
      text = "";
      leaf = true;
    },
    text(piece) {
      text += piece;
    },
    close(name) {
      if (leaf && !values.has(name)) values.set(name, text);
      leaf = false;
    },
  });
  return values;
}

/**
 * Text of an element in what should be XML but was written without escaping (SCARF's logon, all clients' AppParam
 * but one): parsed as XML if it can be, else what stands between the first open and the last close tag, as it is.
 */
export function lenientElementText(document: string, name: string): string | undefined {
  try {
    return readXmlValues(document).get(name);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    const from = document.indexOf(`<${name}>`);
    const to = document.lastIndexOf(`</${name}>`);
    const start = from + name.length + 2;
    return from < 0 || to < start ? undefined : document.slice(start, to);
  }
}

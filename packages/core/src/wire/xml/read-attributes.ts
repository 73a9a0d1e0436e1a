import { parseXml } from "./parse-xml.js";

const attribute = /\s+([\w:.-]+)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/g;

/**
 * Attributes of every element called `name`, in order, each as name → value. Only the description of a user has any on this
 * wire, so the reader of documents leaves them out; it has checked the document before this looks at it.
 * @throws {WireFormatError}
 */
export function readXmlAttributes(document: string, name: string): readonly ReadonlyMap<string, string>[] {
  parseXml(document, {});
  const tag = new RegExp(`<${name}((?:${attribute.source})*)\\s*/?>`, "g");
  return [...document.matchAll(tag)].map(([, inside = ""]) => {
    const pairs = [...inside.matchAll(attribute)];
    return new Map(pairs.map(([, key = "", double, single]) => [key, decode(double ?? single ?? "")]));
  });
}

function decode(value: string): string {
  let text = "";
  parseXml(`<value>${value}</value>`, { text: (piece) => (text += piece) });
  return text;
}

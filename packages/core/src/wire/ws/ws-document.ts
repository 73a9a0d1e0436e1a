import { WireFormatError } from "../wire-format-error.js";
import { escapeXml, xmlDeclaration, xmlElement } from "../xml/xml-text.js";
import { readXmlRecords } from "../xml/read-records.js";
import { readXmlValues } from "../xml/xml-values.js";
import { detectWsFormat, type WsFormat } from "./ws-format.js";

/**
 * One element of an answer. A name that begins with `@` is an attribute, as JSON writes it too; `$` is the text
 * beside the children.
 */
export interface WsElement {
  readonly [name: string]: string | number | WsElement | readonly WsElement[];
}

/** Writes a document. JSON has no name for the root, and a list of one is an object (Bridge reads it so). */
export function renderWsDocument(root: string, element: WsElement, format: WsFormat): string {
  return format === "json" ? renderWsJson(element) : `${xmlDeclaration}${renderWsXml(root, element)}`;
}

export function renderWsXml(name: string, element: WsElement): string {
  let attributes = "";
  let inner = "";
  for (const [key, content] of Object.entries(element)) {
    if (key.startsWith("@")) attributes += ` ${key.slice(1)}="${escapeXml(textOf(content))}"`;
    else if (key === "$") inner += escapeXml(textOf(content));
    else inner += renderContent(key, content);
  }
  return `<${name}${attributes}>${inner}</${name}>`;
}

function textOf(content: WsElement[string]): string {
  return typeof content === "object" ? "" : String(content);
}

function renderContent(name: string, content: WsElement[string]): string {
  if (typeof content === "string" || typeof content === "number") return xmlElement(name, String(content));
  if (isList(content)) return content.map((one) => renderWsXml(name, one)).join("");
  return renderWsXml(name, content);
}

export function renderWsJson(element: WsElement): string {
  return JSON.stringify(element, (_, content: WsElement[string]) => {
    if (typeof content !== "object" || !isList(content)) return content;
    return content.length > 1 ? content : content[0];
  });
}

function isList(content: WsElement | readonly WsElement[]): content is readonly WsElement[] {
  return Array.isArray(content);
}

/** First text of each name in a short answer of either form. @throws {WireFormatError} */
export function readWsValues(body: string): ReadonlyMap<string, string> {
  if (detectWsFormat(body) === "xml") return readXmlValues(body);
  const values = new Map<string, string>();
  collect(parseJson(body), values);
  return values;
}

/** Children of every element `record` of an answer of either form, as name → text. @throws {WireFormatError} */
export function readWsRecords(body: string, record: string): readonly ReadonlyMap<string, string>[] {
  if (detectWsFormat(body) === "xml") return readXmlRecords(body, record).records;
  const document = parseJson(body);
  return isObject(document) ? listOf(document[record]).map(fieldsOf) : [];
}

/** @throws {WireFormatError} `malformed`; a cut document is that too. */
export function parseJson(body: string): unknown {
  try {
    const document: unknown = JSON.parse(body);
    return document;
  } catch (cause) {
    throw new WireFormatError("malformed", "The JSON is malformed.", cause);
  }
}

/** One object where there is one, a list where there are several, nothing where there are none. */
export function listOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [value];
  return all.filter(isObject);
}

/** The texts and numbers in an object. A number that JavaScript can't hold to its last digit is left out: as an id it would name another job. */
export function fieldsOf(object: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) {
    if (typeof value === "string" || isExactNumber(value)) fields.set(name, String(value));
  }
  return fields;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isExactNumber(value: unknown): value is number {
  return (
    typeof value === "number" &&
    (Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)))
  );
}

/** No answer of this service is nested deeper; a hostile one may be, to overflow the stack. */
const mostLevels = 32;

function collect(value: unknown, into: Map<string, string>, level = 0): void {
  if (level > mostLevels) throw new WireFormatError("malformed", "The JSON is nested too deep.");
  for (const object of listOf(value)) {
    for (const [name, inner] of Object.entries(object)) {
      if (typeof inner === "number" && !isExactNumber(inner)) {
        throw new WireFormatError("malformed", `The answer holds a number too large to be read: ${name}.`);
      } else if (typeof inner === "string" || typeof inner === "number") {
        if (!into.has(name)) into.set(name, String(inner));
      } else {
        collect(inner, into, level + 1);
      }
    }
  }
}

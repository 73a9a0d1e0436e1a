import { SaxesParser } from "saxes";
import { WireFormatError } from "../wire-format-error.js";
import { replaceForbidden } from "./xml-text.js";

/** What a document consists of, in order. Names come without namespace prefixes; attributes are not used on this wire. */
export interface XmlEvents {
  open?(name: string): void;
  /** Text between two tags, entities decoded, CDATA included; may come in several pieces. */
  text?(text: string): void;
  close?(name: string): void;
}

/** A document that arrives piece by piece. Behind this interface, so that the parser can be replaced. */
export interface XmlReader {
  write(piece: string): void;
  /** @throws {WireFormatError} `truncated`: an element is still open, or there was none. */
  end(): void;
}

/**
 * A strict reader that builds nothing: mismatched tags, unknown entities and any DOCTYPE (the way into entity bombs
 * and other people's files) throw `WireFormatError` from `write`.
 */
export function createXmlReader(events: XmlEvents): XmlReader {
  const parser = new SaxesParser();
  let depth = 0;
  let seenRoot = false;
  parser.on("error", (cause) => {
    throw new WireFormatError("malformed", `The XML is malformed: ${cause.message}`, cause);
  });
  parser.on("doctype", () => {
    throw new WireFormatError("malformed", "The XML has a document type, which this service never sends.");
  });
  parser.on("opentag", (tag) => {
    depth++;
    seenRoot = true;
    events.open?.(localName(tag.name));
  });
  parser.on("closetag", (tag) => {
    depth--;
    events.close?.(localName(tag.name));
  });
  const text = events.text?.bind(events);
  if (text !== undefined) {
    parser.on("text", text);
    parser.on("cdata", text);
  }
  return {
    write(piece) {
      parser.write(replaceForbidden(piece));
    },
    end() {
      if (!seenRoot || depth > 0) throw new WireFormatError("truncated", "The XML ends too early.");
      parser.close();
    },
  };
}

/** Java's binding of XML writes `ns2:jobs` where a server's programmer has put two namespaces into one document. */
function localName(name: string): string {
  const colon = name.indexOf(":");
  return colon < 0 ? name : name.slice(colon + 1);
}

/** Reads a whole document. @throws {WireFormatError} */
export function parseXml(document: string, events: XmlEvents): void {
  const reader = createXmlReader(events);
  reader.write(document.trimStart());
  reader.end();
}

/** Reads a document as it arrives, in UTF-8; a byte that is none becomes U+FFFD and harms nothing else. @throws {WireFormatError} */
export async function readXml(chunks: AsyncIterable<Uint8Array>, events: XmlEvents): Promise<void> {
  const reader = createXmlReader(events);
  const decoder = new TextDecoder("utf-8");
  let begun = false;
  for await (const chunk of chunks) {
    let piece = decoder.decode(chunk, { stream: true });
    if (!begun) {
      piece = piece.trimStart();
      begun = piece !== "";
    }
    if (piece !== "") reader.write(piece);
  }
  const rest = decoder.decode();
  if (rest !== "") reader.write(rest);
  reader.end();
}

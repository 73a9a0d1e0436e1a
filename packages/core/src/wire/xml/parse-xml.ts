import { WireFormatError } from "../wire-format-error.js";
import { documentPieces } from "./document-pieces.js";
import { replaceForbidden } from "./xml-text.js";
import { XmlTokenizer } from "./xml-tokenizer.js";

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
  const tokenizer = new XmlTokenizer(events);
  return {
    write: (piece) => tokenizer.write(replaceForbidden(piece)),
    end: () => tokenizer.end(),
  };
}

/** Reads a whole document. @throws {WireFormatError} */
export function parseXml(document: string, events: XmlEvents): void {
  const reader = createXmlReader(events);
  reader.write(document.trimStart());
  reader.end();
}

/** Characters before a document. */
const mostSpace = 1_048_576;

/** Reads a document as it arrives, in UTF-8; a byte that is none becomes U+FFFD and harms nothing else. @throws {WireFormatError} */
export async function readXml(chunks: AsyncIterable<Uint8Array>, events: XmlEvents): Promise<void> {
  const reader = createXmlReader(events);
  let begun = false;
  let skippedLength = 0;
  for await (const piece of documentPieces(chunks)) {
    const text = begun ? piece : piece.trimStart();
    if (text === "") {
      skippedLength += piece.length;
      if (skippedLength > mostSpace)
        throw new WireFormatError("malformed", "There is nothing but white space.");
      continue;
    }
    begun = true;
    reader.write(text);
  }
  reader.end();
}

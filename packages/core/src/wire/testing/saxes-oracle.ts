import { SaxesParser } from "saxes";
import { createXmlReader, type XmlEvents } from "../xml/parse-xml.js";
import { localName } from "../xml/xml-tokenizer.js";
import { WireFormatError } from "../wire-format-error.js";

/** What a document consists of, text put together; or that it was refused. */
export type Reading = readonly string[] | "refused";

/** As the general parser saxes reads it, which this wire's own reader has to agree with. */
export function readWithSaxes(document: string): Reading {
  const { events, found } = recorder();
  const parser = new SaxesParser();
  let depth = 0;
  let isRefused = false;
  const refuse = (): void => {
    isRefused = true;
  };
  parser.on("error", refuse);
  parser.on("doctype", refuse);
  parser.on("opentag", ({ name }) => {
    depth++;
    events.open?.(localName(name));
  });
  parser.on("closetag", ({ name }) => {
    depth--;
    events.close?.(localName(name));
  });
  for (const kind of ["text", "cdata"] as const)
    parser.on(kind, (text) => {
      if (depth > 0) events.text?.(text);
    });
  parser.write(document).close();
  return isRefused ? "refused" : found;
}

/** As our reader does, given the document in pieces. */
export function readWithOurs(pieces: readonly string[]): Reading {
  const { events, found } = recorder();
  const reader = createXmlReader(events);
  try {
    for (const piece of pieces) reader.write(piece);
    reader.end();
    return found;
  } catch (error) {
    if (error instanceof WireFormatError) return "refused";
    throw error;
  }
}

function recorder(): { readonly events: XmlEvents; readonly found: string[] } {
  const found: string[] = [];
  return {
    found,
    events: {
      open: (name) => found.push(`<${name}`),
      close: (name) => found.push(`>${name}`),
      text(text) {
        const last = found.at(-1);
        if (last?.startsWith("=")) found[found.length - 1] = last + text;
        else if (text !== "") found.push(`=${text}`);
      },
    },
  };
}

import { parseXml } from "./parse-xml.js";

/** Children of every element called `record`, as name → text, and the text of the first `errMsg` outside of them. */
export interface XmlRecords {
  readonly records: readonly ReadonlyMap<string, string>[];
  readonly errorMessage?: string;
}

/** Reads a short list such as `<AppInfos><AppInfo><appName>generic</appName>…`. @throws {WireFormatError} */
export function readXmlRecords(document: string, record: string): XmlRecords {
  const records: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  let errorMessage: string | undefined;
  let text = "";
  parseXml(document, {
    open(name) {
      text = "";
      if (name === record) {
        current = new Map();
        records.push(current);
      }
    },
    text(piece) {
      text += piece;
    },
    close(name) {
      if (name === record) current = undefined;
      else if (current !== undefined) current.set(name, text.trim());
      else if (name === "errMsg") errorMessage ??= text.trim();
      text = "";
    },
  });
  return { records, ...(errorMessage !== undefined && { errorMessage }) };
}

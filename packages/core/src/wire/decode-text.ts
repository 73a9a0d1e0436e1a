import { isUtf8 } from "node:buffer";

/** UTF-8, else Latin-1: IBM's Python 3 client sends `é` as the one byte E9 whatever it declares. */
export function decodeText(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return isUtf8(buffer) ? buffer.toString("utf8") : buffer.toString("latin1");
}

/** Decodes the `%XX` sequences that are valid UTF-8; anything else stays as it is. */
export function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return run;
    }
  });
}

import { styleText } from "node:util";
import type { Writable } from "node:stream";

type Style = Parameters<typeof styleText>[0];

/** True = escape sequences for colour may go to this stream. NO_COLOR (no-color.org) counts when it is not empty. */
export function mayColour(stream: Writable & { readonly isTTY?: boolean }): boolean {
  if (process.env["NO_COLOR"] || process.env["TERM"] === "dumb") return false;
  return stream.isTTY === true;
}

/** Styles a text for a stream, or leaves it plain where colour may not go. */
export function paint(stream: Writable & { readonly isTTY?: boolean }, style: Style, text: string): string {
  return mayColour(stream) ? styleText(style, text, { validateStream: false }) : text;
}

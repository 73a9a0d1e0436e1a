import { encodeHeaderValue } from "../headers.js";

/** At the end of a text without white space there. */
const pattern = /\[submit-key ([^\]\s]*)\]$/;

/** A job's description with the submit key behind it, where a later look-up finds it: `flat fields [submit-key 3f…]`. */
export function renderKeyedDescription(
  description: string | undefined,
  submitKey: string | undefined,
): string {
  const parts = [
    description?.trim() ?? "",
    submitKey === undefined ? "" : `[submit-key ${encodeHeaderValue(submitKey)}]`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

export interface KeyedDescription {
  readonly description?: string;
  readonly submitKey?: string;
}

export function parseKeyedDescription(text: string): KeyedDescription {
  const trimmed = text.trim();
  const match = pattern.exec(trimmed);
  if (match === null) return trimmed === "" ? {} : { description: trimmed };
  const description = trimmed.slice(0, match.index).trimEnd();
  const key = match[1] ?? "";
  return { ...(description !== "" && { description }), submitKey: decode(key) };
}

function decode(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

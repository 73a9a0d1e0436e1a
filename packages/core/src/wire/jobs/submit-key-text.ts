const pattern = /\s*\[submit-key ([^\]\s]*)\]\s*$/;

/** A job's description with the submit key behind it, where a later look-up finds it: `flat fields [submit-key 3f…]`. */
export function renderKeyedDescription(
  description: string | undefined,
  submitKey: string | undefined,
): string {
  const parts = [
    description?.trim() ?? "",
    submitKey === undefined ? "" : `[submit-key ${encodeURIComponent(submitKey)}]`,
  ];
  return parts.filter((part) => part !== "").join(" ");
}

export interface KeyedDescription {
  readonly description?: string;
  readonly submitKey?: string;
}

export function parseKeyedDescription(text: string): KeyedDescription {
  const match = pattern.exec(text);
  if (match === null) return text.trim() === "" ? {} : { description: text.trim() };
  const description = text.slice(0, match.index).trim();
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

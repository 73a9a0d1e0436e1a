import { WireFormatError } from "./wire-format-error.js";

export type JsonObject = Readonly<Record<string, unknown>>;

/** Reads an answer that must be a JSON object. @throws {WireFormatError} `malformed` */
export function parseJsonObject(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new WireFormatError("malformed", "It is no JSON.", cause);
  }
  if (isJsonObject(value)) return value;
  throw new WireFormatError("malformed", "It is no JSON object.");
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text; ids come as numbers from servers that never thought of anything else. Anything else is absent. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" ? value : undefined;
}

/** The texts of an array; what is none is left out. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.flatMap((item) => textOf(item) ?? []) : [];
}

import { isJsonObject, type JsonObject } from "../json-object.js";

/**
 * A number in any of slurmrestd's forms: `5`, `null`, or from v0.0.39 on `{"set": true, "infinite": false, "number": 5}`.
 * Undefined = not set; `Infinity` = without limit.
 */
export function readRestNumber(value: unknown): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  // jobs/state has ids as text.
  if (typeof value === "string") return /^\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (!isJsonObject(value)) return undefined;
  if (value["infinite"] === true) return Number.POSITIVE_INFINITY;
  return value["set"] === true && typeof value["number"] === "number" ? value["number"] : undefined;
}

/** Epoch seconds; 0 and what is not set = none. */
export function readRestTime(value: unknown): Date | undefined {
  const seconds = readRestNumber(value);
  return seconds !== undefined && seconds > 0 && seconds < 1e11 ? new Date(seconds * 1000) : undefined;
}

/** A text that is not empty. 23.11 writes `null` for empty ones, others `""`. */
export function readRestText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `"RUNNING"`, `["RUNNING"]` and `["CANCELLED","COMPLETING"]` alike, in capitals: the base state first, its flags behind. */
export function readRestWords(value: unknown): readonly string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((word) => (typeof word === "string" && word !== "" ? [word.toUpperCase()] : []));
}

/** The objects of a list; what is none is left out. */
export function readRestObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function readRestObject(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

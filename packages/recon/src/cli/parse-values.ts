import { ReconError } from "../errors/recon-error.js";

/** The error for a value that an option does not take. */
export function usageError(message: string, hint = "See scarf-recon --help."): ReconError {
  return new ReconError("USAGE", message, hint);
}

/** A finite number. */
export function parseNumber(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value))
    throw usageError(`${option} takes a number, not "${text}".`);
  return value;
}

/** A whole number of at least `least`. */
export function parseCount(option: string, text: string, least: number): number {
  const value = parseNumber(option, text);
  if (!Number.isInteger(value) || value < least) {
    throw usageError(`${option} takes a whole number of at least ${least}, not "${text}".`);
  }
  return value;
}

/** One of some words. */
export function parseWord<T extends string>(option: string, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw usageError(`${option} takes ${words.join(", ")}; not "${text}".`);
  return word;
}

const SIZE_UNITS: Record<string, number> = { "": 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 };

/** Bytes from `2G`, `512M`, `1.5GiB`. */
export function parseSize(option: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(text.trim());
  if (match === null) throw usageError(`${option} takes a size such as 2G or 512M, not "${text}".`);
  return Math.floor(Number(match[1]) * (SIZE_UNITS[(match[2] ?? "").toUpperCase()] ?? 1));
}

const LENGTHS: Record<string, number> = { m: 1, cm: 1e-2, mm: 1e-3, um: 1e-6, µm: 1e-6, μm: 1e-6, nm: 1e-9 };

/** Metres from `29um`, `0.029mm`. */
export function parseLength(option: string, text: string): number {
  const match = /^(\d*\.?\d+(?:e-?\d+)?)\s*([a-zµμ]+)$/i.exec(text.trim());
  const factor = LENGTHS[match?.[2] ?? ""];
  const value = Number(match?.[1]);
  if (factor === undefined || !(value > 0))
    throw usageError(`${option} takes a length such as 29um or 0.029mm, not "${text}".`);
  return value * factor;
}

/** `A:B`, either of which may be missing. One number alone is that and the next: row 5 is 5:6. */
export function parseRowRange(option: string, text: string): { first: number | null; last: number | null } {
  const match = /^(\d*):(\d*)$/.exec(text.trim());
  if (match === null) {
    const row = parseCount(option, text, 0);
    return { first: row, last: row + 1 };
  }
  const side = (part: string | undefined): number | null =>
    part === undefined || part === "" ? null : Number(part);
  return { first: side(match[1]), last: side(match[2]) };
}

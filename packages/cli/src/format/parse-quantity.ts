import { InvalidArgumentError } from "commander";

const secondsPerUnit: Readonly<Record<string, number>> = { s: 1, sec: 1, m: 60, min: 60, h: 3600, d: 86_400 };
const bytesPerUnit: Readonly<Record<string, number>> = {
  "": 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
};

/** A hundred years. Much more is no date any more. */
const mostSeconds = 100 * 366 * 86_400;

/** Seconds of `90s`, `30min`, `2h`, `1d`, `1h30min`, `HH:MM` or `HH:MM:SS`. A bare number is refused: schedulers disagree whether it is seconds or minutes. */
export function parseDuration(text: string): number {
  const clock = /^(\d+):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (clock && Number(clock[1]) * 3600 < mostSeconds)
    return Number(clock[1]) * 3600 + Number(clock[2]) * 60 + Number(clock[3] ?? 0);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)\s*/gy)];
  const seconds = parts.reduce(
    (sum, part) => sum + Number(part[1]) * (secondsPerUnit[part[2] ?? ""] ?? Number.NaN),
    0,
  );
  if (parts.map((part) => part[0]).join("") !== text || !(seconds > 0 && seconds <= mostSeconds)) {
    throw new InvalidArgumentError("Write a time as 90s, 30min, 2h, 1h30min or HH:MM:SS.");
  }
  return Math.ceil(seconds);
}

/** Bytes of `4G`, `512MiB`, `2GB` (G and GiB: 1024³, GB: 1000³). */
export function parseSize(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text);
  const unit = bytesPerUnit[(match?.[2] ?? "").toLowerCase()];
  if (!match || unit === undefined || (match[2] === "" && Number(match[1]) < 1024)) {
    throw new InvalidArgumentError("Write a size with its unit: 512M, 4G, 1.5T.");
  }
  const bytes = Math.round(Number(match[1]) * unit);
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new InvalidArgumentError("No machine has that much.");
}

/** A whole number of at least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("Write a whole number of at least 1.");
  return Number(text);
}

/** A whole number from 0 to 65535. */
export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("Write a port number, 0 (any free one) to 65535.");
  }
  return Number(text);
}

/**
 * An instant: `2026-11-25T18:00` or `2026-11-25 18:00:00` in the local time zone, with `Z` or `+01:00` where given;
 * `18:00` is the next time the clock shows it; `+30min` is from now.
 */
export function parseInstant(text: string, now: Date = new Date()): Date {
  if (text.startsWith("+")) return new Date(now.getTime() + parseDuration(text.slice(1)) * 1000);
  const clock = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  if (clock) {
    const instant = new Date(now);
    instant.setHours(Number(clock[1]), Number(clock[2]), 0, 0);
    if (instant <= now) instant.setDate(instant.getDate() + 1);
    return instant;
  }
  const instant = new Date(text.replace(" ", "T"));
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text) || Number.isNaN(instant.getTime())) {
    throw new InvalidArgumentError("Write a time as 18:00, 2026-11-25T18:00, 2026-11-25T18:00Z or +2h.");
  }
  return instant;
}

/** `NAME=VALUE`, added to what earlier uses of the option gave. */
export function collectAssignment(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("Write it as NAME=VALUE.");
  const name = text.slice(0, equals);
  if (Object.hasOwn(previous, name)) throw new InvalidArgumentError(`${name} is given twice.`);
  return { ...previous, [name]: text.slice(equals + 1) };
}

/** For an option that may be given several times. */
export function collect(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}

/** `2015-02-12T12:17:30Z`, the form this service's times have here: UTC, whole seconds. */
export function renderJobTime(time: Date | undefined): string {
  return time === undefined ? "-" : `${time.toISOString().slice(0, 19)}Z`;
}

/** An absolute instant with its zone (`…Z`, `+0200`, `+02:00`), or nothing: a time without zone is not guessed. */
export function parseJobTime(text: string | undefined): Date | undefined {
  if (text === undefined || text.length < 20) return undefined;
  const plain = parsePlainTime(text);
  if (plain !== undefined) return plain;
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)$/.exec(text.trim());
  if (match === null) return undefined;
  const zone = match[3]?.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2") ?? "Z";
  const time = new Date(`${match[1]}T${match[2]}${zone}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** What {@link renderJobTime} writes, digit by digit: `Date` takes ten times as long, and a long list has 300,000 of them. */
function parsePlainTime(text: string): Date | undefined {
  if (text.length !== 20 || text.charAt(4) !== "-" || text.charAt(7) !== "-") return undefined;
  if (
    text.charAt(10) !== "T" ||
    text.charAt(13) !== ":" ||
    text.charAt(16) !== ":" ||
    text.charAt(19) !== "Z"
  )
    return undefined;
  const year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
  const [month, day] = [twoDigits(text, 5), twoDigits(text, 8)];
  const [hours, minutes, seconds] = [twoDigits(text, 11), twoDigits(text, 14), twoDigits(text, 17)];
  // Everything unusual, or not a digit (NaN), is left to `Date`.
  const isUsual =
    year >= 1970 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 28 &&
    hours < 24 &&
    minutes < 60 &&
    seconds < 60;
  return isUsual ? new Date(Date.UTC(year, month - 1, day, hours, minutes, seconds)) : undefined;
}

function twoDigits(text: string, at: number): number {
  const [tens, ones] = [text.charCodeAt(at) - 48, text.charCodeAt(at + 1) - 48];
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? 10 * tens + ones : Number.NaN;
}

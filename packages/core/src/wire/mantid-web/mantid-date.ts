/** ISO 8601 in UTC, to the second; empty for a date that is not known, which version 1 of Mantid's algorithms copies as it is. */
export function renderMantidDate(date: Date | undefined): string {
  if (date === undefined || Number.isNaN(date.getTime())) return "";
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** A date without a time zone is taken for UTC: nothing in the interface says otherwise. Anything unreadable is absent. */
export function parseMantidDate(text: string | undefined): Date | undefined {
  const match =
    /^\s*(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}(?::\d{2})?)(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?\s*$/i.exec(
      text ?? "",
    );
  if (match === null) return undefined;
  const [, day = "", time = "", fraction = "", zone = "Z"] = match;
  const date = new Date(`${day}T${time}${fraction.slice(0, 4)}${zone.toUpperCase()}`);
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** `2015-02-12T12:17:30Z`, the form this service's times have here: UTC, whole seconds. */
export function renderJobTime(time: Date | undefined): string {
  return time === undefined ? "-" : `${time.toISOString().slice(0, 19)}Z`;
}

/** An absolute instant with its zone (`…Z`, `+0200`, `+02:00`), or nothing: a time without zone is not guessed. */
export function parseJobTime(text: string | undefined): Date | undefined {
  const match = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:?\d\d)$/.exec(
    text?.trim() ?? "",
  );
  if (match === null) return undefined;
  const zone = match[3]?.replace(/^([+-]\d\d):?(\d\d)$/, "$1:$2") ?? "Z";
  const time = new Date(`${match[1]}T${match[2]}${zone}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

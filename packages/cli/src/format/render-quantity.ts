const binaryUnits = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** E.g. `512 B`, `4.2 MiB`. */
export function renderBytes(sizeBytes: number): string {
  let value = sizeBytes;
  let unit = 0;
  while (value >= 1023.95 && unit < binaryUnits.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.95 ? Math.round(value) : value.toFixed(1)} ${binaryUnits[unit]}`;
}

/** E.g. `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function renderDuration(seconds: number): string {
  if (seconds < 9.95) return `${Math.max(0, seconds).toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${String(minutes % 60).padStart(2, "0")} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** In the reader's own time zone: `14:05:12` today, otherwise `2026-11-25 14:05`. */
export function renderInstant(instant: Date, now: Date = new Date()): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = (date: Date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const minute = `${two(instant.getHours())}:${two(instant.getMinutes())}`;
  return day(instant) === day(now) ? `${minute}:${two(instant.getSeconds())}` : `${day(instant)} ${minute}`;
}

/** `1 job`, `2 jobs`. */
export function renderCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

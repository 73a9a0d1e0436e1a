/** `2017-03-31T13:06:41+0000`, the only form BatchEuphoria reads: UTC, whole seconds, a zone without colon. */
export function renderWsTime(time: Date | undefined): string | undefined {
  return time === undefined ? undefined : `${time.toISOString().slice(0, 19)}+0000`;
}

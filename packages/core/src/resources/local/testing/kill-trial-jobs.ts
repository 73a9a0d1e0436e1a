export const attachmentBytes = 200_000;
export const pulseBytes = 400_000;

/** Some succeed, some fail: a state that was made up would be seen. */
export function getExpectedExitCode(number: number): number {
  return number % 3 === 0 ? 7 : 0;
}

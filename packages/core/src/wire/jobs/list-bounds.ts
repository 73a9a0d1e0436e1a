import { WireFormatError } from "../wire-format-error.js";

/** Ten times as many as the largest clusters list. Each takes about a kilobyte of memory. */
const mostJobs = 1_000_000;
/** Of one element: commands of some hundred kilobytes have been seen nowhere. */
const longestText = 4_194_304;

/** A text that grows while it arrives. @throws {WireFormatError} `too-large` */
export function checkTextLength(text: string): void {
  if (text.length > longestText) throw new WireFormatError("too-large", "A text in the job list has no end.");
}

/** @throws {WireFormatError} `too-large` */
export function checkJobCount(count: number): void {
  if (count > mostJobs) throw new WireFormatError("too-large", `The list has more than ${mostJobs} jobs.`);
}

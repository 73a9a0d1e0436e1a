import { NotSupportedError, ValueError } from "../errors/index.js";
import type { ByteRange } from "../model/index.js";
import type { HttpAnswer } from "../transports/http/index.js";
import { wireHeaders } from "../wire/index.js";
import type { ReadOptions } from "./compute-resource.js";

/** A range is for one file, and for our gateway. */
export interface RangeOptions extends ReadOptions {
  readonly range?: ByteRange;
}

/** What our gateway is asked for besides the file. */
export function readingHeaders({ range, digest = false }: RangeOptions): Readonly<Record<string, string>> {
  const ranged = range === undefined ? {} : { [wireHeaders.range]: renderRange(range) };
  return {
    ...ranged,
    ...((digest || range === undefined) && { [wireHeaders.wantDigest]: "sha-256" }),
  };
}

function renderRange({ offset = 0, length }: ByteRange): string {
  return `${offset}+${length ?? ""}`;
}

/** A gateway that does not know ranges sends the whole file. @throws {NotSupportedError} */
export function checkRange(answer: HttpAnswer, { range }: RangeOptions): void {
  if (range === undefined || answer.headers[wireHeaders.range] === renderRange(range)) return;
  answer.discard();
  throw noRanges();
}

export function noRanges(): NotSupportedError {
  const message = "This service gives files from their beginning to their end only.";
  return new NotSupportedError("NOT_SUPPORTED", message, { hint: "Read the whole file." });
}

/** @throws {ValueError} `USAGE_INVALID` */
export function checkPositions({ offset, length }: ByteRange): void {
  for (const value of [offset, length])
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= 0))
      throw new ValueError("USAGE_INVALID", `${value} is not a position in a file.`);
}

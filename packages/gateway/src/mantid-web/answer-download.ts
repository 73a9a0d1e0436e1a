import {
  answerFile,
  openReading,
  readDownloadWishes,
  type ReadableFile,
  versionHeaders,
} from "../pac/answer-file.js";
import type { PacAnswer } from "../pac/pac-answer.js";
import { failureAnswer } from "./answers.js";
import type { MantidRequest } from "./mantid-request.js";

/** The answer to a download. Our own client says what it wants by its own headers, any other by those of HTTP. */
export async function answerDownload(
  { headers, signal }: Pick<MantidRequest, "headers" | "signal">,
  source: ReadableFile,
): Promise<PacAnswer> {
  const wishes = readDownloadWishes({ headers });
  if (wishes.digests || wishes.range !== undefined)
    return answerFile(source, { form: "multipart", ...wishes, signal });
  const { file, byteRanges } = source;
  const told = { ...versionHeaders(file), ...(byteRanges && { "accept-ranges": "bytes" }) };
  const range = byteRanges && isSameState(headers["if-range"], told) ? readRange(headers.range) : undefined;
  // What is empty has no part; it is whole.
  if (range === undefined || file.sizeBytes === 0) {
    const answer = await answerFile(source, { form: "raw", sized: false, digests: false, signal });
    return { ...answer, headers: { ...answer.headers, ...told } };
  }
  const { first, last } = range;
  if (first >= file.sizeBytes) return beyondTheEnd(file.sizeBytes);
  const { sizeBytes, chunks } = await openReading(
    source,
    { signal },
    { offset: first, ...(last !== undefined && { length: last - first + 1 }) },
  );
  const end = Math.min(last ?? Infinity, file.sizeBytes - 1);
  return {
    status: 206,
    contentType: "application/octet-stream",
    headers: { ...told, "content-range": `bytes ${first}-${end}/${file.sizeBytes}` },
    body: { sizeBytes: sizeBytes ?? end - first + 1, read: () => chunks },
  };
}

/** A part is good for those only who have the rest of the same state. @param ifRange - a date is none of ours */
function isSameState(
  ifRange: string | string[] | undefined,
  told: Readonly<Record<string, string>>,
): boolean {
  return ifRange === undefined || ifRange === told["etag"];
}

/** One range from an offset on; anything else is answered with the whole file, as HTTP allows. */
function readRange(
  header: string | undefined,
): { readonly first: number; readonly last: number | undefined } | undefined {
  const [, first, last = ""] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (first === undefined) return undefined;
  if (last === "") return { first: Number(first), last: undefined };
  return Number(last) < Number(first) ? undefined : { first: Number(first), last: Number(last) };
}

function beyondTheEnd(sizeBytes: number): PacAnswer {
  const answer = failureAnswer({
    code: "USAGE_INVALID",
    message: `The file has ${sizeBytes} bytes, and the range begins behind them.`,
    hint: "Ask for the whole file.",
  });
  return { ...answer, status: 416, headers: { ...answer.headers, "content-range": `bytes */${sizeBytes}` } };
}

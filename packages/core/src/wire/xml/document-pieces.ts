import { isAscii } from "node:buffer";
import { StringDecoder } from "node:string_decoder";

/** V8 does not copy strings of this length while it collects; cut into smaller ones, a long list would be copied twice more. */
const pieceBytes = 262_144;
const greaterThan = 0x3e;

/**
 * Texts of a document in UTF-8 that arrives in any pieces, each ending behind a tag where there is one, so that hardly anything is
 * left over to be put together with the next. A byte that is no UTF-8 becomes U+FFFD.
 */
export async function* documentPieces(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  // Its texts take one byte for each character where they can; those of TextDecoder take two.
  const decoder = new StringDecoder("utf8");
  const buffer = Buffer.allocUnsafe(pieceBytes);
  let isCharacterOpen = false;
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.byteLength;) {
      const taken = Math.min(chunk.byteLength - at, pieceBytes - filled);
      buffer.set(chunk.subarray(at, at + taken), filled);
      at += taken;
      filled += taken;
      if (filled < pieceBytes) continue;
      const behindTag = buffer.lastIndexOf(greaterThan) + 1;
      const end = behindTag === 0 ? filled : behindTag;
      const part = buffer.subarray(0, end);
      // Nearly all lists are ASCII, which takes a tenth of the time to decode.
      yield !isCharacterOpen && isAscii(part) ? part.toString("latin1") : decoder.write(part);
      isCharacterOpen = behindTag === 0;
      buffer.copy(buffer, 0, end, filled);
      filled -= end;
    }
  }
  yield decoder.write(buffer.subarray(0, filled)) + decoder.end();
}

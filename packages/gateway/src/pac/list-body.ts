import type { PacAnswer } from "./pac-answer.js";

/** Longer lists go out as they are made, so that they never lie in memory as a whole. */
const mostAtOnce = 1000;

/** A list as the body of an answer: whole, so that it can be sent more than once, or in pieces when it is long. */
export function listBody(texts: Iterable<string>, length: number): PacAnswer["body"] {
  return length > mostAtOnce ? inPieces(texts) : Buffer.from([...texts].join(""));
}

/** Puts small pieces together: one write for each of a hundred thousand jobs would cost more than the rest. */
async function* inPieces(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < 65_536) continue;
    yield Buffer.from(piece);
    piece = "";
  }
  if (piece !== "") yield Buffer.from(piece);
}

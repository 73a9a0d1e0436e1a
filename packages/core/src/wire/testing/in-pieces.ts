/** The bytes in pieces of `size`, each in a buffer that is spoiled as soon as the next is asked for. */
export async function* inPieces(
  bytes: Buffer | string,
  size: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  const all = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  for (let at = 0; at < all.length; at += size) {
    const piece = Buffer.from(all.subarray(at, at + size));
    yield piece;
    piece.fill("X");
  }
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

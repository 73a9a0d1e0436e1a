/** The beginning of a stream (Latin-1, at least `bytes` of it unless it ends before), and the whole stream. */
export async function peek(
  source: AsyncIterable<Uint8Array>,
  bytes: number,
): Promise<{ readonly head: string; readonly chunks: AsyncIterable<Uint8Array> }> {
  const iterator = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let ended = false;
  while (head.length < bytes && !ended) {
    const next = await iterator.next();
    if (next.done === true) ended = true;
    else head = Buffer.concat([head, next.value]);
  }
  async function* chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      if (head.length > 0) yield head;
      while (!ended) {
        const next = await iterator.next();
        if (next.done === true) ended = true;
        else yield next.value;
      }
    } finally {
      if (!ended) await iterator.return?.();
    }
  }
  return { head: head.toString("latin1", 0, bytes), chunks: chunks() };
}

/**
 * Old servers name the type of a download in ways nobody has written down, so the bytes count too: a delimiter on the
 * first line, and a Content-ID behind it.
 */
export function looksLikeMultipart(contentType: string | undefined, head: string): boolean {
  if (contentType !== undefined && /^\s*multipart\//i.test(contentType)) return true;
  return /^(?:\r?\n)?--[^\r\n]+\r?\n(?:[^\r\n]+\r?\n)*Content-ID:/i.test(head);
}

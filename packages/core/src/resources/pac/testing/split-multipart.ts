/** A part as a plain MIME reader sees it: strict, whole in memory, and none of our own reader's code. */
export interface SplitPart {
  readonly head: string;
  readonly name: string;
  readonly content: Buffer;
}

export function splitMultipart(body: Buffer, contentType: string): SplitPart[] {
  const boundary = /boundary=([^;]+)/.exec(contentType)?.[1];
  if (boundary === undefined) throw new Error(`no boundary in ${contentType}`);
  const delimiter = Buffer.from(`--${boundary}`);
  const parts: SplitPart[] = [];
  let at = body.indexOf(delimiter);
  for (;;) {
    const start = at + delimiter.length;
    if (body.toString("latin1", start, start + 2) === "--") return parts;
    if (body.toString("latin1", start, start + 2) !== "\r\n") throw new Error("no CRLF behind a delimiter");
    const next = body.indexOf(Buffer.concat([Buffer.from("\r\n"), delimiter]), start);
    if (next < 0) throw new Error("no closing delimiter behind CRLF");
    const blank = body.indexOf("\r\n\r\n", start);
    const head = body.toString("utf8", start + 2, blank);
    parts.push({
      head,
      name: /name="([^"]*)"/.exec(head)?.[1] ?? "",
      content: body.subarray(blank + 4, next),
    });
    at = next + 2;
  }
}

/** Bytes that belong to one request. */
export type Scanned =
  | { readonly kind: "head"; readonly bytes: Buffer; readonly bodyBytes: number }
  | { readonly kind: "body"; readonly bytes: Buffer; readonly isLast: boolean };

const endOfHead = "\r\n\r\n";

/** Finds where the requests of one connection begin and end. They must have `Content-Length` or no body. */
export class RequestScanner {
  #head = Buffer.alloc(0);
  #bodyLeft = 0;

  *scan(chunk: Buffer): Generator<Scanned, void, undefined> {
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#bodyLeft > 0) {
        const bytes = rest.subarray(0, this.#bodyLeft);
        rest = rest.subarray(bytes.length);
        this.#bodyLeft -= bytes.length;
        yield { kind: "body", bytes, isLast: this.#bodyLeft === 0 };
        continue;
      }
      const known = this.#head.length;
      this.#head = Buffer.concat([this.#head, rest]);
      const end = this.#head.indexOf(endOfHead, Math.max(0, known - endOfHead.length));
      if (end === -1) return;
      const bytes = this.#head.subarray(0, end + endOfHead.length);
      rest = this.#head.subarray(bytes.length);
      this.#head = Buffer.alloc(0);
      this.#bodyLeft = readBodyBytes(bytes.toString("latin1"));
      yield { kind: "head", bytes, bodyBytes: this.#bodyLeft };
    }
  }
}

function readBodyBytes(head: string): number {
  if (/^transfer-encoding:/im.test(head)) throw new Error("The proxy does not read chunked requests");
  return Number(/^content-length:[ \t]*(\d+)/im.exec(head)?.[1] ?? 0);
}

import { describe, expect, it } from "vitest";
import { DigestedBody, hasBodyDigest, withBodyDigest } from "./body-digest.js";
import { boundaryOf } from "./part-headers.js";
import { multipartBody } from "./multipart-body.js";
import { readMultipart } from "./read-multipart.js";

const body = withBodyDigest(
  multipartBody([
    { headers: [["Content-Disposition", 'form-data; name="a"']], content: "x".repeat(300) },
    { headers: [["Content-Disposition", 'form-data; name="b"']], content: "" },
  ]),
);

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

/** As a connection brings it: the buffer of one piece is used again for the next. */
async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.alloc(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = buffer.subarray(0, bytes.copy(buffer, 0, at));
    yield await Promise.resolve(piece);
  }
}

async function readParts(digested: DigestedBody): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const part of readMultipart(digested, { boundary: boundaryOf(body.contentType) }))
    texts.push(await part.text(1000));
  return texts;
}

describe("a digest behind a body", () => {
  it.each([1, 63, 64, 65, 100_000])("is taken off and compared, in pieces of %i bytes", async (size) => {
    const bytes = await bytesOf(body.read());
    expect(bytes.length).toBe(body.sizeBytes);
    expect(hasBodyDigest(body.contentType)).toBe(true);
    const digested = new DigestedBody(inPieces(bytes, size));
    expect(await readParts(digested)).toEqual(["x".repeat(300), ""]);
    expect(await digested.isDamaged()).toBe(false);
    for (const at of [0, 200, bytes.length - 65, bytes.length - 64, bytes.length - 1]) {
      const other = Buffer.from(bytes);
      other[at] = (other[at] ?? 0) ^ 1;
      const damaged = new DigestedBody(inPieces(other, size));
      await readParts(damaged).catch(() => undefined);
      expect([at, await damaged.isDamaged()]).toEqual([at, true]);
    }
  });

  it("can be asked for when only a part was read, and of a body that is shorter", async () => {
    const bytes = await bytesOf(body.read());
    const stopped = new DigestedBody(inPieces(bytes, 100));
    for await (const _ of stopped) break;
    expect(await stopped.isDamaged()).toBe(false);
    expect(await new DigestedBody(inPieces(bytes.subarray(0, 50), 7)).isDamaged()).toBe(true);
    expect(await new DigestedBody(inPieces(bytes.subarray(0, -1), 7)).isDamaged()).toBe(true);
  });

  it("says nothing of a body that broke off", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from("beginning"));
      throw new Error("cut");
    }
    const digested = new DigestedBody(broken());
    await expect(bytesOf(digested)).rejects.toThrow("cut");
    expect(await digested.isDamaged()).toBe(false);
  });

  it("is only there where the content type says so", () => {
    for (const type of [undefined, "multipart/mixed; boundary=x", "text/plain"])
      expect(hasBodyDigest(type)).toBe(false);
  });
});

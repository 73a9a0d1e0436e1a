import type { ByteSource } from "../model/index.js";

/** Bytes at hand, or text as UTF-8, as a source. */
export function bytesSource(content: Uint8Array | string): ByteSource {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  return {
    sizeBytes: bytes.byteLength,
    async *read(offset = 0) {
      if (offset < bytes.byteLength) yield await Promise.resolve(bytes.subarray(offset));
    },
  };
}

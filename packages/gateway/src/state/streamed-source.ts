import type { ByteSource } from "scarf-tomo";

/**
 * A file as it arrives. Its size is known only at its end; an upload that breaks off throws before.
 * @param count - gets the bytes of each piece before it goes on; throws when there are too many
 */
export function streamedSource(
  chunks: AsyncIterable<Uint8Array>,
  count: (bytes: number) => void,
): ByteSource {
  let sizeBytes = 0;
  return {
    get sizeBytes() {
      return sizeBytes;
    },
    async *read() {
      for await (const chunk of chunks) {
        sizeBytes += chunk.length;
        count(chunk.length);
        yield chunk;
      }
    },
  };
}

import { createHash } from "node:crypto";
import { type ByteSource, TransferError } from "scarf-tomo";
import type { FormFile } from "scarf-tomo/wire";

/** What comes, and what the client says of it behind it. */
export type SentFile = Pick<FormFile, "chunks" | "sentSha256">;

/** The file as it arrives. Its size is known only at its end; an upload that breaks off, or arrives damaged, throws before. */
export class ArrivingFile implements ByteSource {
  readonly #item: SentFile;
  readonly #hashes: boolean;
  readonly #onBytes: (bytes: number) => void;
  sizeBytes = 0;
  sha256?: string;
  /** Resolves when it has been read, to its end or not. */
  readonly ended: Promise<void>;
  #end: () => void = () => undefined;

  constructor(item: SentFile, hashes: boolean, onBytes: (bytes: number) => void) {
    this.#item = item;
    this.#hashes = hashes;
    this.#onBytes = onBytes;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#read();
    } finally {
      this.#end();
    }
  }

  async *#read(): AsyncGenerator<Uint8Array, void, undefined> {
    const hash = this.#hashes ? createHash("sha256") : undefined;
    for await (const chunk of this.#item.chunks) {
      this.sizeBytes += chunk.byteLength;
      this.#onBytes(chunk.byteLength);
      hash?.update(chunk);
      yield chunk;
    }
    if (hash === undefined) return;
    this.sha256 = hash.digest("hex");
    await checkDigest(this.#item, this.sha256);
  }
}

/** @throws {TransferError} `TRANSFER_CORRUPT`: what came is not what the client says that it has sent. */
export async function checkDigest({ sentSha256 }: SentFile, received: string): Promise<void> {
  const sent = await sentSha256?.();
  if (sent === undefined || sent === received) return;
  throw new TransferError("TRANSFER_CORRUPT", "The file was damaged on its way. Nothing of it was kept.", {
    hint: "Send it again.",
    context: { sent, received },
  });
}

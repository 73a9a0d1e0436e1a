import { createHash } from "node:crypto";
import { isScarfError, type ScarfError, TransferError } from "../../errors/index.js";
import { typedError } from "../../errors/typed-error.js";
import type { WrittenFile } from "../../model/index.js";
import { RetryBudget } from "../../transports/retry.js";
import { decodeHeaderValue, wireHeaders } from "../../wire/index.js";
import { compareDigest } from "../compare-digest.js";
import type { WriteOptions } from "../compute-resource.js";
import { fetchKeptChunks, type KeptChunk } from "./gateway-chunks.js";
import type { PacWire } from "./pac-wire.js";
import { encodeDirectory } from "./remote-paths.js";
import { gatewayHeaders, readSlice, sendSlice, type Slice, type UploadRequest } from "./send-slice.js";

/**
 * Sends a large file chunk by chunk. Our gateway is asked first what it has, from an upload that was cut, by whichever
 * process; only the rest is sent, and every chunk's digest is compared. Another service gets a chunk again whose answer was lost.
 * @throws as `upload` does; the context of a passing failure has `arrivedBytes`, which need not be sent again.
 */
export async function uploadInChunks(
  wire: PacWire,
  request: UploadRequest,
  chunkBytes: number,
  options: WriteOptions,
): Promise<WrittenFile> {
  return new ChunkedUpload(wire, request, chunkBytes, options).send();
}

class ChunkedUpload {
  readonly #wire: PacWire;
  readonly #request: UploadRequest;
  readonly #options: WriteOptions;
  readonly #slices: readonly ChunkSlice[];
  readonly #budget: RetryBudget;
  #arrivedBytes = 0;
  /** Of every chunk sent the other side has told what it got. */
  #allCompared = true;

  constructor(wire: PacWire, request: UploadRequest, chunkBytes: number, options: WriteOptions) {
    this.#wire = wire;
    this.#request = request;
    this.#options = options;
    const { sizeBytes } = request.source;
    const chunkAmount = Math.ceil(sizeBytes / chunkBytes);
    this.#slices = Array.from({ length: chunkAmount }, (_, index) => {
      const offset = index * chunkBytes;
      const chunk = { chunkId: index + 1, chunkAmount };
      return { offset, sizeBytes: Math.min(chunkBytes, sizeBytes - offset), chunk };
    });
    this.#budget = new RetryBudget({}, options.signal);
  }

  async send(): Promise<WrittenFile> {
    const missing = await this.#findMissing();
    let headers: Readonly<Record<string, string>> = {};
    try {
      for (const slice of missing) {
        headers = await this.#sendChunk(slice);
        this.#arrivedBytes += slice.sizeBytes;
        this.#budget.restore();
      }
      this.#checkComplete(headers);
    } catch (error) {
      throw isScarfError(error) ? this.#explain(error) : error;
    }
    const path = headers[wireHeaders.path];
    return {
      sizeBytes: this.#request.source.sizeBytes,
      ...(path !== undefined && { path: decodeHeaderValue(path) }),
      ...(this.#comparesDigests && this.#allCompared && { piecesCompared: true }),
    };
  }

  get #comparesDigests(): boolean {
    return this.#wire.service.isGateway && this.#options.checksum !== false;
  }

  /** The chunks to send; at least one, because the last that comes makes the file. */
  async #findMissing(): Promise<readonly ChunkSlice[]> {
    const { service } = this.#wire;
    if (!service.isGateway) return this.#slices;
    const { jobId, directory, name } = this.#request;
    const file = {
      jobId,
      directory: encodeDirectory(directory),
      name,
      chunkAmount: this.#slices.length,
    };
    const kept = await fetchKeptChunks(service, file, gatewayHeaders(service, this.#options), this.#options);
    const missing: ChunkSlice[] = [];
    for (const slice of this.#slices) {
      if (await this.#isSame(slice, kept.get(slice.chunk.chunkId))) this.#arrivedBytes += slice.sizeBytes;
      else missing.push(slice);
    }
    if (missing.length > 0) return missing;
    const last = this.#slices.slice(-1);
    this.#arrivedBytes -= last[0]?.sizeBytes ?? 0;
    return last;
  }

  async #isSame(slice: ChunkSlice, kept: KeptChunk | undefined): Promise<boolean> {
    if (kept?.sizeBytes !== slice.sizeBytes) return false;
    const hash = createHash("sha256");
    for await (const piece of readSlice(this.#request.source, slice)) hash.update(piece);
    return hash.digest("hex") === kept.sha256;
  }

  async #sendChunk(slice: ChunkSlice): Promise<Readonly<Record<string, string>>> {
    for (;;) {
      try {
        const sent = await sendSlice(this.#wire, this.#request, slice, this.#options);
        const there = sent.headers[wireHeaders.chunkSha256];
        if (there === undefined) this.#allCompared = false;
        else compareDigest(this.#request.name, there, sent.sha256);
        return sent.headers;
      } catch (error) {
        // Our gateway is asked anew by whoever tries again, and then knows what it has.
        if (this.#wire.service.isGateway) throw error;
        await this.#budget.waitAfter(error);
      }
    }
  }

  /** A chunk that was there before may have been thrown away meanwhile. */
  #checkComplete(headers: Readonly<Record<string, string>>): void {
    const missing = headers[wireHeaders.chunksMissing];
    if (missing === undefined || missing === "0") return;
    throw new TransferError(
      "TRANSFER_INCOMPLETE",
      `${this.#request.name} is not whole there: ${missing} of its chunks are missing.`,
      { hint: "Send it again; only what is missing is sent.", context: { name: this.#request.name } },
    );
  }

  #explain(error: ScarfError): ScarfError {
    return typedError(error.code, error.message, {
      ...(error.hint !== undefined && { hint: error.hint }),
      context: { ...error.context, arrivedBytes: this.#arrivedBytes },
      cause: error,
    });
  }
}

interface ChunkSlice extends Slice {
  readonly chunk: { readonly chunkId: number; readonly chunkAmount: number };
}

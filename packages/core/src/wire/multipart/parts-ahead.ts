import { digestField } from "./multipart-body.js";
import type { MultipartPart } from "./multipart-part.js";

/** Parts in their order, with a look at the one behind a file. */
export class PartsAhead {
  readonly #parts: AsyncGenerator<MultipartPart, void, undefined>;
  #ahead: MultipartPart | undefined;

  constructor(parts: AsyncGenerator<MultipartPart, void, undefined>) {
    this.#parts = parts;
  }

  async next(): Promise<MultipartPart | undefined> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead !== undefined) return ahead;
    const result = await this.#parts.next();
    return result.done === true ? undefined : result.value;
  }

  async takeDigest(): Promise<string | undefined> {
    this.#ahead ??= await this.next();
    if (this.#ahead === undefined || !isDigestPart(this.#ahead)) return undefined;
    const digest = (await this.#ahead.text(256)).trim().toLowerCase();
    this.#ahead = undefined;
    return digest;
  }

  async close(): Promise<void> {
    await this.#parts.return();
  }
}

/** The part behind a file in which one of our own programs sends its digest. */
export function isDigestPart({ fileName, encodedFileName, name, contentId }: MultipartPart): boolean {
  return (
    fileName === undefined &&
    encodedFileName === undefined &&
    (name ?? contentId)?.toLowerCase() === digestField
  );
}

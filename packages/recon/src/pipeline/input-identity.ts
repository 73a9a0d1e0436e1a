import { createHash } from "node:crypto";
import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { inputError } from "../errors/recon-error.js";

/** What tells an input from another of the same name: a hash for small files, size and time for large ones and folders. */
export interface InputIdentity {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modified: string;
  readonly files?: number;
  readonly sha256?: string;
}

/** Up to here a hash is had in a second or two. */
const HASH_LIMIT = 256 * 2 ** 20;

/** @throws {ReconError} the input can't be read. */
export async function identifyInput(path: string): Promise<InputIdentity> {
  try {
    const stats = statSync(path);
    if (stats.isDirectory()) {
      const all = readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => statSync(join(path, entry.name)));
      return {
        path,
        files: all.length,
        sizeBytes: all.reduce((sum, file) => sum + file.size, 0),
        modified: new Date(
          all.reduce((latest, file) => Math.max(latest, file.mtimeMs), stats.mtimeMs),
        ).toISOString(),
      };
    }
    const identity = { path, sizeBytes: stats.size, modified: stats.mtime.toISOString() };
    if (stats.size > HASH_LIMIT) return identity;
    const hash = createHash("sha256");
    await pipeline(createReadStream(path), hash);
    return { ...identity, sha256: hash.digest("hex") };
  } catch (error) {
    throw inputError(path, error);
  }
}

import { statfs } from "node:fs/promises";
import { FileError, TransportError } from "scarf-tomo";
import type { GatewayMetrics } from "../operations/gateway-metrics.js";
import type { UploadTable } from "./upload-table.js";

export interface TransferGateOptions {
  readonly transfersPerUser: number;
  readonly spoolBytesPerUser: number;
  /** Chunks of unfinished files, however small. */
  readonly chunksPerUser: number;
  readonly freeDiskBytes: number;
  /** Where uploads are written to: the state directory and the workspaces of this machine. */
  readonly directories: readonly string[];
  readonly uploads: UploadTable;
  readonly metrics: GatewayMetrics;
  /** How long one transfer too many waits for another to end. @defaultValue 10 */
  readonly patienceSeconds?: number;
}

export interface Transfer {
  readonly userName: string;
  readonly direction: "upload" | "download";
  /** As the request announces it. @defaultValue 0: not known */
  readonly sizeBytes?: number;
  /** It stays in the spool until the rest of its file has come. */
  readonly isChunk?: boolean;
}

/** So much is written between two looks at the disk. */
const lookBytes = 2 ** 27;

/** Where every upload and download asks whether it may begin: how many of one user there are, and whether there is room. */
export class TransferGate {
  readonly #options: TransferGateOptions;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(options: TransferGateOptions) {
    this.#options = options;
  }

  /**
   * @returns to be called at its end; more than once does no harm.
   * @throws {FileError} `DISK_FULL`: there is no room, or the user has too much unfinished. @throws {TransportError} `RATE_LIMITED`: too many at once.
   */
  async enter(transfer: Transfer): Promise<() => void> {
    const { userName, direction, sizeBytes = 0, isChunk = false } = transfer;
    if (direction === "upload") await this.#checkRoom(sizeBytes);
    if (isChunk) this.#checkSpool(userName, sizeBytes);
    await this.#takePlace(userName);
    const end = this.#options.metrics.beginTransfer(direction);
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      end();
      this.#givePlace(userName);
    };
  }

  /** Passes bytes on for as long as there is room for them. @throws {FileError} `DISK_FULL` */
  async *guard(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let sinceLook = 0;
    for await (const chunk of chunks) {
      sinceLook += chunk.length;
      if (sinceLook > lookBytes) {
        await this.#checkRoom(0);
        sinceLook = 0;
      }
      yield chunk;
    }
  }

  async #checkRoom(sizeBytes: number): Promise<void> {
    const { directories, freeDiskBytes } = this.#options;
    for (const directory of directories) {
      const found = await statfs(directory).catch(() => undefined);
      if (found === undefined) continue;
      const freeBytes = found.bavail * found.bsize;
      if (freeBytes - sizeBytes >= freeDiskBytes) continue;
      const size = sizeBytes === 0 ? "" : ` for the ${sizeBytes} bytes of this upload`;
      throw new FileError(
        "DISK_FULL",
        `There is not enough space${size}: ${freeBytes} bytes are free, and ${freeDiskBytes} must stay so.`,
        {
          hint: "Free some space, or try again later; nothing of it was kept.",
          context: { freeBytes, sizeBytes },
        },
      );
    }
  }

  #checkSpool(userName: string, sizeBytes: number): void {
    const { uploads, spoolBytesPerUser, chunksPerUser } = this.#options;
    const { count, chunks, sizeBytes: used } = uploads.unfinished(userName);
    if (used + sizeBytes <= spoolBytesPerUser && chunks < chunksPerUser) return;
    const few =
      chunks < chunksPerUser
        ? `${used} bytes already, of ${spoolBytesPerUser}`
        : `${chunks} chunks already, of ${chunksPerUser}`;
    const names = uploads.largestUnfinished(userName, 3).map((name) => JSON.stringify(name.slice(0, 200)));
    throw new FileError(
      "DISK_FULL",
      `Your unfinished uploads (${count}) take ${few} that one user may have here. The largest: ${names.join(", ")}.`,
      {
        hint: "Finish one of them, give one up (scarf upload --abandon NAME --to DIRECTORY), or send the file as a whole.",
        context: { userName, used, chunks, sizeBytes },
      },
    );
  }

  async #takePlace(userName: string): Promise<void> {
    const { transfersPerUser, patienceSeconds = 10 } = this.#options;
    const running = this.#running.get(userName) ?? 0;
    if (running < transfersPerUser) {
      this.#running.set(userName, running + 1);
      return;
    }
    const queue = this.#waiting.get(userName) ?? [];
    this.#waiting.set(userName, queue);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        queue.splice(queue.indexOf(begin), 1);
        reject(
          new TransportError(
            "RATE_LIMITED",
            `${transfersPerUser} transfers of yours are under way already.`,
            {
              hint: "Wait until one of them has ended.",
              context: { userName, retryAfterSeconds: patienceSeconds },
            },
          ),
        );
      }, patienceSeconds * 1000);
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      queue.push(begin);
    });
  }

  /** To the next who waits, or to nobody. */
  #givePlace(userName: string): void {
    const next = this.#waiting.get(userName)?.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.#waiting.delete(userName);
    const left = (this.#running.get(userName) ?? 1) - 1;
    if (left > 0) this.#running.set(userName, left);
    else this.#running.delete(userName);
  }
}

import { once } from "node:events";
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { ByteFault } from "./fault.js";

/** One direction of a proxied connection: passes bytes on, one message after the other, and does the faults to them. */
export class FaultyStream {
  readonly #to: Socket;
  readonly #end: (how: "cut" | "reset") => void;
  readonly #onDone: (fault: ByteFault) => void;
  #fault: ByteFault | undefined;
  #messageBytes = 0;
  #isMute = false;

  constructor(to: Socket, end: (how: "cut" | "reset") => void, onDone: (fault: ByteFault) => void) {
    this.#to = to;
    this.#end = end;
    this.#onDone = onDone;
  }

  /** A message begins. */
  begin(fault: ByteFault | undefined): void {
    this.#fault = fault;
    this.#messageBytes = 0;
  }

  /** Bytes of the message; resolves when they have left. */
  async pass(bytes: Buffer): Promise<void> {
    let rest = bytes;
    const before = (this.#fault?.afterBytes ?? Infinity) - this.#messageBytes;
    if (before < bytes.length) {
      await this.#send(bytes.subarray(0, before));
      this.#messageBytes += before;
      rest = await this.#act(bytes.subarray(before));
    }
    this.#messageBytes += rest.length;
    await this.#send(rest);
  }

  /** The message has ended: what was to happen later happens now. */
  async finish(): Promise<void> {
    if (this.#fault !== undefined) await this.#act(Buffer.alloc(0));
    this.#fault = undefined;
  }

  /** Nothing passes here any more, and nobody was told. */
  get isMute(): boolean {
    return this.#isMute;
  }

  /** The other side has ended its direction. */
  close(): void {
    if (!this.#isMute) this.#to.end();
  }

  /** @returns what is to be passed on of the bytes that begin where the fault is. */
  async #act(bytes: Buffer): Promise<Buffer> {
    const fault = this.#fault;
    if (fault === undefined) return bytes;
    const { act } = fault;
    const size = "bytes" in act ? Math.min(act.bytes, bytes.length) : 0;
    // There is nothing left that it could be done to.
    if ("bytes" in act && size === 0) return bytes;
    this.#fault = undefined;
    this.#onDone(fault);
    switch (act.kind) {
      case "delay":
        await sleep(act.milliseconds);
        return bytes;
      case "corrupt": {
        const changed = Buffer.from(bytes);
        for (let at = 0; at < size; at += 1) changed[at] = (changed[at] ?? 0) ^ 1;
        return changed;
      }
      case "duplicate":
        return Buffer.concat([bytes.subarray(0, size), bytes]);
      case "reorder":
        return reorder(bytes, size);
      case "stall":
        this.#isMute = true;
        return Buffer.alloc(0);
      case "half-close":
        this.#isMute = true;
        this.#to.end();
        return Buffer.alloc(0);
      default:
        this.#isMute = true;
        // A RST overtakes what was sent just before, or ends as a FIN would.
        if (act.kind === "reset") await sleep(5);
        this.#end(act.kind);
        return Buffer.alloc(0);
    }
  }

  async #send(bytes: Buffer): Promise<void> {
    if (this.#isMute || bytes.length === 0 || this.#to.destroyed || this.#to.writableEnded) return;
    if (!this.#to.write(bytes)) await Promise.race([once(this.#to, "drain"), once(this.#to, "close")]);
  }
}

/** Two segments change places; the second is shorter where the bytes at hand end. */
function reorder(bytes: Buffer, size: number): Buffer {
  return Buffer.concat([bytes.subarray(size, 2 * size), bytes.subarray(0, size), bytes.subarray(2 * size)]);
}

import { LANES } from "../slab/slab.js";
import { AsyncQueue } from "./async-queue.js";
import type { SlabRequest } from "./slab-task.js";

/** Rows first..last (exclusive) that are read together. */
export interface Block {
  readonly firstRow: number;
  readonly lastRow: number;
}

export interface BlockPipeline {
  readonly firstRow: number;
  readonly lastRow: number;
  readonly blockRows: number;
  /** Memory for a block each. */
  readonly buffers: readonly SharedArrayBuffer[];
  readonly workers: number;
  read(block: Block, buffer: SharedArrayBuffer): Promise<void>;
  work(worker: number, slab: SlabRequest): Promise<void>;
}

export function splitBlocks(firstRow: number, lastRow: number, blockRows: number): Block[] {
  const blocks: Block[] = [];
  for (let row = firstRow; row < lastRow; row += blockRows) {
    blocks.push({ firstRow: row, lastRow: Math.min(lastRow, row + blockRows) });
  }
  return blocks;
}

/** The slabs of a block, of eight rows each but for the last. */
export function splitSlabs({ firstRow, lastRow }: Block, buffer: SharedArrayBuffer): SlabRequest[] {
  const slabs: SlabRequest[] = [];
  for (let row = firstRow; row < lastRow; row += LANES) {
    slabs.push({
      buffer,
      blockFirstRow: firstRow,
      blockRows: lastRow - firstRow,
      firstRow: row,
      lanes: Math.min(LANES, lastRow - row),
    });
  }
  return slabs;
}

/**
 * Reads block after block while the workers take slabs from those already read. A buffer is filled again only when all its slabs are done, which
 * is what bounds the memory.
 */
export async function runBlocks(pipeline: BlockPipeline): Promise<void> {
  const free = new AsyncQueue<SharedArrayBuffer>();
  const slabs = new AsyncQueue<{ readonly slab: SlabRequest; readonly done: () => void }>();
  for (const buffer of pipeline.buffers) free.push(buffer);

  const produce = async (): Promise<void> => {
    for (const block of splitBlocks(pipeline.firstRow, pipeline.lastRow, pipeline.blockRows)) {
      const buffer = await free.take();
      if (buffer === null) return;
      await pipeline.read(block, buffer);
      const own = splitSlabs(block, buffer);
      let left = own.length;
      const done = (): void => {
        left--;
        if (left === 0) free.push(buffer);
      };
      for (const slab of own) slabs.push({ slab, done });
    }
    slabs.close();
  };
  const consume = async (worker: number): Promise<void> => {
    for (;;) {
      const next = await slabs.take();
      if (next === null) return;
      await pipeline.work(worker, next.slab);
      next.done();
    }
  };
  await Promise.all([produce(), ...Array.from({ length: pipeline.workers }, (_, worker) => consume(worker))]);
}

import { LANES } from "../slab/slab.js";
import { AsyncQueue } from "./async-queue.js";
import type { SlabRequest } from "./slab-task.js";

/** Rows first..last (exclusive) that are read together. */
export interface Block {
  readonly firstRow: number;
  readonly lastRow: number;
}

export interface BlockPipeline {
  /** The rows of which slices are wanted. */
  readonly wanted: Block;
  /** How many rows the scan has. */
  readonly detectorRows: number;
  readonly blockRows: number;
  /** Memory for a block each. */
  readonly buffers: readonly SharedArrayBuffer[];
  readonly workers: number;
  read(block: Block, buffer: SharedArrayBuffer): Promise<void>;
  work(worker: number, slab: SlabRequest): Promise<void>;
}

/**
 * The rows that are computed for the sake of some wanted ones: all of each slab of the rows 8k to 8k + 7. Two slices of a slab share each Fourier
 * transform, so that the last bits of one depend on the other; this way they depend on the scan alone, whatever rows are asked for at once.
 */
export function alignRows({ firstRow, lastRow }: Block, detectorRows: number): Block {
  return {
    firstRow: Math.floor(firstRow / LANES) * LANES,
    lastRow: Math.min(detectorRows, Math.ceil(lastRow / LANES) * LANES),
  };
}

export function splitBlocks({ firstRow, lastRow }: Block, blockRows: number): Block[] {
  const blocks: Block[] = [];
  for (let row = firstRow; row < lastRow; row += blockRows) {
    blocks.push({ firstRow: row, lastRow: Math.min(lastRow, row + blockRows) });
  }
  return blocks;
}

/** The slabs of a block, of eight rows each but for the last of the scan. */
export function splitSlabs(
  { firstRow, lastRow }: Block,
  buffer: SharedArrayBuffer,
  wanted: Block,
): SlabRequest[] {
  const slabs: SlabRequest[] = [];
  for (let row = firstRow; row < lastRow; row += LANES) {
    const lanes = Math.min(LANES, lastRow - row);
    slabs.push({
      buffer,
      blockFirstRow: firstRow,
      blockRows: lastRow - firstRow,
      firstRow: row,
      lanes,
      firstLane: Math.max(0, wanted.firstRow - row),
      lastLane: Math.min(lanes, wanted.lastRow - row),
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
    const rows = alignRows(pipeline.wanted, pipeline.detectorRows);
    for (const block of splitBlocks(rows, pipeline.blockRows)) {
      const buffer = await free.take();
      if (buffer === null) return;
      await pipeline.read(block, buffer);
      const own = splitSlabs(block, buffer, pipeline.wanted);
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

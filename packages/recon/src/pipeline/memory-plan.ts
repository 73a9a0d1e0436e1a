import { ReconError } from "../errors/recon-error.js";
import { LANES } from "../slab/slab.js";
import { reconstructorBytes } from "../stages/reconstructor.js";
import type { Method } from "../stages/reconstructor.js";

/** What a scan needs memory for. */
export interface MemoryDemand {
  readonly angles: number;
  readonly columns: number;
  readonly detectorRows: number;
  /** Rows to compute. */
  readonly rows: number;
  readonly sampleBytes: number;
  /** Reading a few rows costs as much as whole frames. */
  readonly wholeFrames: boolean;
  readonly framesPerRead: number;
  readonly method: Method;
  /** What the stages before the reconstruction need beside the slab. */
  readonly stageBytes: number;
  /** Slices go through a thread of their own into one file. */
  readonly hdf5Output: boolean;
}

/** How many threads work, and how many rows are in memory at once. */
export interface MemoryPlan {
  readonly workers: number;
  /** Raw rows of one block; blocks are read one after the other. A multiple of 8, or all rows. */
  readonly blockRows: number;
  /** Blocks in memory: while one is worked on, the next is read. */
  readonly buffers: 1 | 2;
  /** What the plan is expected to take at its peak. */
  readonly bytes: number;
}

const MIB = 2 ** 20;
/**
 * Measured on node 20.20 with scans from 1 to 400 MB, garbage that the collector has not yet given back included: Node.js itself; the thread that
 * reads, with HDF5's library and the frames in its hands; one that computes; the one that writes HDF5.
 */
const BASE_BYTES = 90 * MIB;
const READER_BYTES = 105 * MIB;
const WORKER_BYTES = 24 * MIB;
const WRITER_BYTES = 60 * MIB;
/** Uncompressed scans are read as cheaply in small blocks as in large ones, and the first slices are there sooner. */
const BLOCK_ROWS = 64;

/**
 * Fits the work into a budget: raw data are read in blocks of rows, two at a time, as many rows as fit beside what the
 * threads need; if not even eight rows fit, there are fewer threads, then only one block.
 *
 * The size of the scan does not matter, only that of a frame, and angles × columns.
 *
 * @throws {ReconError} `MEMORY_TOO_SMALL` - says how much is needed at least.
 */
export function planMemory(demand: MemoryDemand, wantedWorkers: number, budgetBytes: number): MemoryPlan {
  const { angles, columns, detectorRows, rows, sampleBytes } = demand;
  const frame = detectorRows * columns;
  // Mean flat and mean dark, the sum that they are made from, and a few frames as they are read.
  const fields = frame * (4 + 4 + 8) + 3 * demand.framesPerRead * frame * sampleBytes;
  const image = columns * columns * 4;
  const worker =
    WORKER_BYTES +
    reconstructorBytes(demand.method, angles, columns) +
    demand.stageBytes +
    image * (2 + (demand.hdf5Output ? LANES : 0));
  const rowBytes = angles * columns * sampleBytes;
  const slabs = Math.ceil(rows / LANES);
  const fixed = BASE_BYTES + READER_BYTES + fields + (demand.hdf5Output ? WRITER_BYTES : 0);
  const least = Math.min(rows, LANES);
  for (let workers = Math.min(wantedWorkers, slabs); workers >= 1; workers--) {
    for (const buffers of workers === 1 ? ([2, 1] as const) : ([2] as const)) {
      const left = budgetBytes - fixed - workers * worker;
      const fitting = Math.floor(left / (buffers * rowBytes));
      if (fitting < least) continue;
      const most = demand.wholeFrames ? rows : Math.min(rows, Math.max(BLOCK_ROWS, workers * LANES * 2));
      const blockRows =
        fitting >= rows && most >= rows
          ? rows
          : Math.max(LANES, Math.floor(Math.min(fitting, most) / LANES) * LANES);
      return {
        workers,
        blockRows,
        buffers,
        bytes: fixed + workers * worker + buffers * blockRows * rowBytes,
      };
    }
  }
  const needed = fixed + worker + least * rowBytes;
  throw new ReconError(
    "MEMORY_TOO_SMALL",
    `${Math.floor(budgetBytes / MIB)} MiB are too little for ${angles} angles × ${columns} columns: at least ${Math.ceil(needed / MIB)} MiB are needed.`,
    `Allow more with --memory ${Math.ceil(needed / MIB)}M, and ask the cluster for as much.`,
  );
}

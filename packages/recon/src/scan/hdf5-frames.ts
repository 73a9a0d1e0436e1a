import type { Dataset } from "h5wasm/node";
import { ReconError, getErrorText } from "../errors/recon-error.js";
import type { Samples } from "../stages/outliers.js";
import { SAMPLE_TYPES, isSampleType, makeSamples } from "./frame-stack.js";
import type { FrameStack, SampleType } from "./frame-stack.js";
import { firstReason } from "./hdf5-file.js";

/** Names of HDF5 filters that are not in our build of the library, for a message that says what to do. */
const FOREIGN_FILTERS: Record<number, string> = {
  4: "szip",
  307: "bzip2",
  32000: "LZF",
  32001: "Blosc",
  32004: "LZ4",
  32008: "bitshuffle",
  32013: "ZFP",
  32015: "Zstandard",
  32026: "Blosc2",
};
/** deflate, shuffle, Fletcher-32, n-bit, scale-offset. */
const KNOWN_FILTERS = new Set([1, 2, 3, 5, 6]);

const HDF5_INTEGER = 0;
const HDF5_FLOAT = 1;

/** Sample type of a dataset. @throws {ReconError} `INPUT_FORMAT` - not numbers that a detector gives. */
export function getSampleType(dataset: Dataset, path: string): SampleType {
  const { type, size, signed } = dataset.metadata;
  const name =
    type === HDF5_FLOAT
      ? `float${size * 8}`
      : type === HDF5_INTEGER
        ? `${signed ? "int" : "uint"}${size * 8}`
        : "";
  if (isSampleType(name)) return name;
  throw new ReconError(
    "INPUT_FORMAT",
    `${path}: ${dataset.path} holds ${name === "" ? "no numbers" : name}, which is not a type of detector frames.`,
    `Types read: ${Object.keys(SAMPLE_TYPES).join(", ")}.`,
  );
}

/** How a dataset is stored, in words. */
export function describeStorage(dataset: Dataset, path: string): string {
  const { chunks } = dataset.metadata;
  const filters = dataset.filters.map(
    (filter) => filter.name || FOREIGN_FILTERS[filter.id] || `filter ${filter.id}`,
  );
  const layout = chunks === null ? "contiguous" : `chunks ${chunks.join("×")}`;
  return [getSampleType(dataset, path), layout, ...filters].join(", ");
}

/** Most bytes that one call of the library copies, so that its heap stays small. */
const BYTES_PER_READ = 16 * 2 ** 20;

/**
 * Frames of a dataset `[frame, row, column]` (or one frame `[row, column]`).
 *
 * @param frames - which frames of the dataset, ascending.
 * @throws {ReconError} `INPUT_FORMAT` - another rank, or a compression that we can't undo.
 */
export function makeHdf5Frames(path: string, dataset: Dataset, frames?: readonly number[]): FrameStack {
  const shape = dataset.shape ?? [];
  if (shape.length !== 3 && shape.length !== 2) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path}: ${dataset.path} has the shape ${shape.join("×") || "()"}; frames have three dimensions: frame, row, column.`,
      "Check the file with: scarf-recon inspect FILE.",
    );
  }
  const foreign = dataset.filters.find((filter) => !KNOWN_FILTERS.has(filter.id));
  if (foreign !== undefined) {
    throw new ReconError(
      "INPUT_FORMAT",
      `${path}: ${dataset.path} is compressed with ${FOREIGN_FILTERS[foreign.id] ?? `filter ${foreign.id}`}, which scarf-recon can't undo.`,
      "Repack it on a machine that has the filter: h5repack -f GZIP=1 OLD NEW.",
    );
  }
  const isStack = shape.length === 3;
  const [rows = 0, columns = 0] = shape.slice(-2);
  const numbers = frames ?? Array.from({ length: isStack ? (shape[0] ?? 0) : 1 }, (_, i) => i);
  const sampleType = getSampleType(dataset, path);
  const { chunks } = dataset.metadata;
  const [chunkFrames = 1, chunkRows = 0] = chunks === null ? [] : chunks.slice(-3);
  const bytes = SAMPLE_TYPES[sampleType].BYTES_PER_ELEMENT;

  const readRun = (from: number, to: number, firstRow: number, lastRow: number): Samples => {
    try {
      const value = dataset.slice(
        isStack ? [[from, to], [firstRow, lastRow], []] : [[firstRow, lastRow], []],
      );
      if (value instanceof SAMPLE_TYPES[sampleType]) return value;
      throw new Error(`unexpected ${typeof value}`);
    } catch (error) {
      throw new ReconError(
        "INPUT_TRUNCATED",
        `${path}: frame ${from} of ${dataset.path} could not be read: ${firstReason(getErrorText(error))}.`,
        "The file is damaged or its scan was cut off. Copy it again, and compare its checksum with that of the original.",
        { cause: error },
      );
    }
  };

  return {
    count: numbers.length,
    rows,
    columns,
    sampleType,
    framesPerRead: isStack && chunks !== null ? chunkFrames : 1,
    wholeFrames: chunks !== null && dataset.filters.length > 0 && chunkRows > rows / 4,
    describe: (frame) => `${path}, frame ${numbers[frame] ?? frame} of ${dataset.path}`,
    read: async (first, last, firstRow, lastRow) => {
      const size = (lastRow - firstRow) * columns;
      const target = makeSamples(sampleType, (last - first) * size);
      const most = Math.max(1, Math.floor(BYTES_PER_READ / (size * bytes)));
      for (let i = first; i < last;) {
        const from = numbers[i] ?? 0;
        let run = 1;
        while (i + run < last && run < most && numbers[i + run] === from + run) run++;
        target.set(readRun(from, from + run, firstRow, lastRow), (i - first) * size);
        i += run;
      }
      return target;
    },
  };
}

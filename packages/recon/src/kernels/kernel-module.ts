import { KERNEL_BINARY } from "./kernel-binary.generated.js";

/** The functions of `assembly/`; every argument is a number or an address. */
export interface Kernels {
  transformRow(length: number, data: number, work: number, twiddles: number): number;
  filterRays(plan: number, rows: number, rays: number, count: number): void;
  spreadRays(plan: number, rays: number, count: number): void;
  transformRows(plan: number, firstRow: number, lastRow: number): void;
  transformColumns(plan: number, firstColumn: number, lastColumn: number): void;
  filterPairs(plan: number, rows: number, directions: number, pairs: number, count: number): void;
  backProject(plan: number, directions: number, count: number, firstRow: number, lastRow: number): void;
  normaliseRow(
    samples: number,
    is16Bit: number,
    columns: number,
    pitch: number,
    dark: number,
    gain: number,
    factor: number,
    to: number,
  ): number;
  minusLog(values: number, samples: number, floor: number, mask: number, counts: number): void;
  projectLines(
    lines: number,
    pitch: number,
    firstLine: number,
    lastLine: number,
    paths: number,
    count: number,
    slab: number,
    columns: number,
  ): void;
  spreadLines(
    lines: number,
    pitch: number,
    firstLine: number,
    lastLine: number,
    paths: number,
    count: number,
    slab: number,
    columns: number,
  ): void;
  mirrorLines(from: number, to: number, size: number, firstLine: number, lastLine: number): void;
  weighResidual(projected: number, measured: number, weights: number, samples: number): void;
  addWeighted(picture: number, change: number, weights: number, lowest: number, samples: number): void;
  combine(to: number, from: number, factors: number, samples: number): void;
  sumSquares(values: number, samples: number, sums: number): void;
  startSorting(plan: number, slab: number): void;
  smoothSorted(plan: number, slab: number, firstColumn: number, lastColumn: number): void;
  sumRows(rows: number, count: number, columns: number, sums: number): void;
  subtractRow(rows: number, count: number, columns: number, row: number): void;
  splitPictures(
    values: number,
    samples: number,
    scale: number,
    to: number,
    planeBytes: number,
    extremes: number,
  ): void;
}

/** Which code does the work: 128-bit vectors in WebAssembly, or plain TypeScript where an engine has none. */
export const ENGINES = ["simd", "typescript"] as const;
export type Engine = (typeof ENGINES)[number];

/** What is used of WebAssembly. Neither the types of Node.js 20 nor the language's library have it, and a browser's library is none of this program's. */
interface Memory {
  readonly buffer: ArrayBuffer;
}
declare const WebAssembly: {
  readonly Memory: new (size: { initial: number; maximum: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: { env: { memory: Memory } },
  ) => { readonly exports: Kernels };
  validate(bytes: Uint8Array): boolean;
};

const PAGE_BYTES = 65_536;

let bytes: Uint8Array | null = null;
let compiled: object | null = null;
let chosen: Engine | null = null;

function decode(): Uint8Array {
  bytes ??= Uint8Array.from(atob(KERNEL_BINARY), (character) => character.codePointAt(0) ?? 0);
  return bytes;
}

/** The best engine that there is here. */
export function chooseEngine(): Engine {
  chosen ??= typeof WebAssembly === "object" && WebAssembly.validate(decode()) ? "simd" : "typescript";
  return chosen;
}

/**
 * The kernels over a memory of their own, which is released with the last array that lies in it. No API of Node.js is used: it works in a browser's
 * worker as it does in a thread of Node.js.
 *
 * @throws {RangeError} more than the 4 GiB that WebAssembly can address, or than there are.
 */
export function openKernels(memoryBytes: number): {
  readonly kernels: Kernels;
  readonly buffer: ArrayBuffer;
} {
  const pages = Math.ceil(memoryBytes / PAGE_BYTES);
  if (pages > 65_536) throw new RangeError(`The kernels can't address ${memoryBytes} bytes.`);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  compiled ??= new WebAssembly.Module(decode());
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  return { kernels: exports, buffer: memory.buffer };
}

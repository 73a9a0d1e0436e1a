import {
  LANES,
  cutSlab,
  makeNormaliser,
  makeReconstructor,
  makeSlab,
  minusLog,
  removeStripesBySorting,
  sortingBytes,
} from "scarf-tomo-recon";
import type { Slab } from "scarf-tomo-recon";
import type { SliceReport } from "./slice-time.js";

/** Runs one stage over slabs of eight rows, and tells what a sinogram took: `STAGE ENGINE COLUMNS ANGLES`. */
const [stage = "", engine = "", ...sizes] = process.argv.slice(2);
const [columns = 0, angles = 0] = sizes.map(Number);
const STRIPE_WIDTH = 21;
const ROUNDS = 3;
/** As the program does it: what goes through two stages stays in the cache. */
const ANGLES_PER_PART = 8;

const slab = engine === "simd" ? makeFastSlab() : makeSlab(angles, columns);
const samples = new Uint16Array(angles * columns * LANES).map((_, i) => 1000 + ((i * 7919) % 30_000));
const fields = {
  flat: new Float32Array(columns * LANES).fill(40_000),
  dark: new Float32Array(columns * LANES).fill(100),
};

const times: number[] = [];
for (let round = 0; round <= ROUNDS; round++) {
  if (stage === "stripes") fill(slab);
  const before = process.cpuUsage();
  if (stage === "stripes") removeStripesBySorting(slab, STRIPE_WIDTH);
  else attenuate(slab);
  const { user, system } = process.cpuUsage(before);
  // In the first round the engine is still compiling.
  if (round > 0) times.push((user + system) / 1000 / LANES);
}
times.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({ milliseconds: times[Math.floor(times.length / 2)] ?? 0 } satisfies SliceReport),
);

function makeFastSlab(): Slab {
  const anglesRadians = new Float64Array(angles);
  const roomBytes = sortingBytes(angles, STRIPE_WIDTH);
  return makeReconstructor({ columns, anglesRadians, centre: columns / 2, roomBytes, engine: "simd" }).slab;
}

function fill({ values }: Slab): void {
  for (let i = 0; i < values.length; i++) values[i] = ((i * 7919) % 10_007) / 10_007;
}

function attenuate(whole: Slab): void {
  const normalisePart = makeNormaliser(fields, 0, LANES, columns);
  for (let first = 0; first < angles; first += ANGLES_PER_PART) {
    const last = Math.min(angles, first + ANGLES_PER_PART);
    const part = cutSlab(whole, first, last);
    const raw = samples.subarray(first * columns * LANES, last * columns * LANES);
    normalisePart({ samples: raw, rows: LANES, columns }, null, part);
    minusLog(part);
  }
}

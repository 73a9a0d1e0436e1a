import { makeReconstructor } from "scarf-tomo-recon";
import type { Engine, Method } from "scarf-tomo-recon";
import type { SliceReport } from "./slice-time.js";

/** Reconstructs slabs of eight rows, and tells what a slice took: `METHOD ENGINE COLUMNS ANGLES ROUNDS`. */
const [method, engine, columns = 0, angles = 0, rounds = 0] = process.argv.slice(2).map(readWord);

function readWord(word: string): Method | Engine | number {
  switch (word) {
    case "gridrec":
    case "fbp":
    case "simd":
    case "typescript":
      return word;
    default:
      return Number(word);
  }
}

const isNumber = (value: unknown): value is number => typeof value === "number";
const isEngine = (value: unknown): value is Engine => value === "simd" || value === "typescript";
const isMethod = (value: unknown): value is Method => value === "gridrec" || value === "fbp";
if (!isMethod(method) || !isEngine(engine) || !isNumber(columns) || !isNumber(angles) || !isNumber(rounds))
  throw new Error("METHOD ENGINE COLUMNS ANGLES ROUNDS");

const reconstructor = makeReconstructor({
  columns,
  anglesRadians: Float64Array.from({ length: angles }, (_, i) => (i * Math.PI) / angles),
  centre: (columns - 1) / 2,
  method,
  engine,
});
const times: number[] = [];
for (let round = 0; round <= rounds; round++) {
  const { slab } = reconstructor;
  for (let i = 0; i < slab.values.length; i++) slab.values[i] = (i % 97) / 1000;
  const before = process.cpuUsage();
  reconstructor.reconstruct(slab);
  const { user, system } = process.cpuUsage(before);
  // In the first round the engine is still compiling.
  if (round > 0) times.push((user + system) / 1000 / 8);
}
times.sort((a, b) => a - b);
process.stdout.write(
  JSON.stringify({ milliseconds: times[Math.floor(times.length / 2)] ?? 0 } satisfies SliceReport),
);

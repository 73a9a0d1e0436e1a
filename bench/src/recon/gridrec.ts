import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { type Figure, makeFigure } from "../harness/figure.js";
import { nameSize, sliceTime } from "./slice-time.js";

const COMMON = { unit: "ms", smallerIsBetter: true } as const;
const SMALL = { columns: 512, angles: 720 };
const MIDDLE = { columns: 1024, angles: 900 };
const LARGE = { columns: 2048, angles: 1800 };
/** What a slice of the large size may take on a core of the machine that the goals were set on. */
const BOUND_MILLISECONDS = 60;

/** The default method: beside its twin, and beside our own back-projection. */
export const gridrec: Benchmark = {
  name: "gridrec",
  isCheap: true,
  async measure(bench: Bench) {
    const figures: Figure[] = [];
    for (const size of bench.isQuick ? [SMALL] : [SMALL, MIDDLE, LARGE]) {
      const runs = {
        ours: () => sliceTime("gridrec", "simd", size),
        against: () => sliceTime("gridrec", "typescript", size, 1),
      };
      figures.push(
        makeFigure({
          name: `gridrec, ${nameSize(size)}`,
          peer: "the same in plain TypeScript",
          goal: { kind: "at-most", ratio: 0.2 },
          ...COMMON,
          ...(await compare(runs, bench.runs)),
        }),
      );
    }
    if (bench.isQuick) return figures;
    const runs = {
      ours: () => sliceTime("gridrec", "simd", LARGE),
      against: () => sliceTime("fbp", "simd", LARGE, 1),
    };
    const measured = await compare(runs, bench.runs);
    return [
      ...figures,
      makeFigure({
        name: `gridrec beside back-projection, ${nameSize(LARGE)}`,
        peer: "our back-projection",
        goal: { kind: "at-most", ratio: 1 / 8 },
        ...COMMON,
        ...measured,
      }),
      makeFigure({
        name: `gridrec, ${nameSize(LARGE)}, one slice`,
        peer: "the bound",
        goal: { kind: "below", value: BOUND_MILLISECONDS },
        ...COMMON,
        ours: measured.ours,
        against: [BOUND_MILLISECONDS],
      }),
    ];
  },
};

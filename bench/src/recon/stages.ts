import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { nameSize, stageTime } from "./slice-time.js";

const COMMON = { unit: "ms", smallerIsBetter: true } as const;
const SIZE = { columns: 2048, angles: 1800 };
/** What sorting may take for one sinogram on a core of the machine that the goals were set on. */
const BOUND_MILLISECONDS = 90;

/** What is done to a sinogram before it is reconstructed. */
export const stages: Benchmark = {
  name: "stages",
  async measure(bench: Bench) {
    const attenuation = {
      ours: () => stageTime("attenuation", "simd", SIZE),
      against: () => stageTime("attenuation", "typescript", SIZE),
    };
    const sorting: number[] = [];
    for (let run = 0; run < bench.runs; run++) sorting.push(await stageTime("stripes", "simd", SIZE));
    return [
      makeFigure({
        name: `flat field and -ln, ${nameSize(SIZE)}`,
        peer: "the same in plain TypeScript",
        ...COMMON,
        ...(await compare(attenuation, bench.runs)),
      }),
      makeFigure({
        name: `stripes by sorting, 21 columns, ${nameSize(SIZE)}`,
        peer: "the bound",
        goal: { kind: "below", value: BOUND_MILLISECONDS },
        ...COMMON,
        ours: sorting,
        against: [BOUND_MILLISECONDS],
      }),
    ];
  },
};

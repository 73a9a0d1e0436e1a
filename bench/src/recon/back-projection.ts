import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { type Figure, makeFigure } from "../harness/figure.js";
import { nameSize, peerSliceTime, sliceTime } from "./slice-time.js";
import type { SliceSize } from "./slice-time.js";

const COMMON = { unit: "ms", smallerIsBetter: true } as const;
const SMALL = { columns: 512, angles: 720 };
const MIDDLE = { columns: 1024, angles: 900 };

/** Filtered back-projection beside the programs that do the same, with the same interpolation. */
export const backProjection: Benchmark = {
  name: "back-projection",
  async measure(bench: Bench) {
    const figures: Figure[] = [];
    for (const size of bench.isQuick ? [SMALL] : [SMALL, MIDDLE]) {
      figures.push(
        await beside(bench, size, "our twin", "the same in plain TypeScript", 0.2, () =>
          sliceTime("fbp", "typescript", size, 1),
        ),
        await beside(bench, size, "scikit-image", "iradon, linear interpolation", 1 / 40, () =>
          peerSliceTime("skimage", size),
        ),
        await beside(bench, size, "silx", "its OpenCL code on PoCL, both cores", 0.066, () =>
          peerSliceTime("silx", size),
        ),
      );
    }
    return figures;
  },
};

async function beside(
  bench: Bench,
  size: SliceSize,
  program: string,
  peer: string,
  ratio: number,
  against: () => Promise<number>,
): Promise<Figure> {
  const measured = await compare({ ours: () => sliceTime("fbp", "simd", size), against }, bench.runs);
  const name = `back-projection beside ${program}, ${nameSize(size)}`;
  return makeFigure({ name, peer, goal: { kind: "at-most", ratio }, ...COMMON, ...measured });
}

import { readList, writeJobList } from "../core/list-of-jobs.js";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { type Figure, makeFigure } from "../harness/figure.js";

/** How the time to read a list grows with the number of its jobs. */
export const listGrowth: Benchmark = {
  name: "list-growth",
  async measure(bench: Bench) {
    const figures: Figure[] = [];
    for (const count of [10, 100, 1000, 10_000, 100_000]) {
      const file = bench.path(`jobs-${count}.xml`);
      await writeJobList(file, { count, details: false });
      const measured = await compare(
        {
          ours: async () => (await readList("jobs", file)).seconds * 1000,
          against: async () => (await readList("tokens", file)).seconds * 1000,
        },
        bench.runs,
      );
      const name = `list of ${count.toLocaleString("en")} jobs`;
      const peer = "saxes doing nothing but tokens";
      figures.push(makeFigure({ name, peer, unit: "ms", smallerIsBetter: true, ...measured }));
    }
    return figures;
  },
};

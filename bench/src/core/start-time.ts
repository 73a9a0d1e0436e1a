import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { runProcess } from "../harness/run-process.js";

const scarf = fileURLToPath(new URL("../../../packages/cli/dist/scarf.cjs", import.meta.url));

/** What a shell waits for before anything happens. */
export const startTime: Benchmark = {
  name: "start-time",
  isCheap: true,
  async measure(bench: Bench) {
    const empty = bench.path("empty.cjs");
    await writeFile(empty, "");
    const start = async (...args: readonly string[]): Promise<number> =>
      (await runProcess(process.execPath, args)).seconds * 1000;
    const runs = bench.isQuick ? 10 : 20;
    const common = { peer: "node with an empty .cjs", unit: "ms", smallerIsBetter: true } as const;
    const against = (): Promise<number> => start(empty);
    const version = await compare({ ours: () => start(scarf, "--version"), against }, runs);
    const help = await compare({ ours: () => start(scarf, "jobs", "--help"), against }, runs);
    return [
      makeFigure({
        name: "scarf --version",
        goal: { kind: "more-by-at-most", difference: 8 },
        ...common,
        ...version,
      }),
      makeFigure({ name: "scarf jobs --help", ...common, ...help }),
    ];
  },
};

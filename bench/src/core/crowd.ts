import { startCrowdedGateway, runLoad } from "scarf-tomo-testkit/load";
import type { Bench, Benchmark } from "../harness/bench.js";
import { makeFigure } from "../harness/figure.js";

/** Many people at once, each with their own jobs: how long one of them waits for an answer. */
export const crowd: Benchmark = {
  name: "crowd",
  async measure(bench: Bench) {
    const jobsEach = 50;
    const gateway = bench.use(await startCrowdedGateway({ users: 200, jobsEach }));
    const requests = bench.isQuick ? 3000 : 10_000;
    const report = await runLoad(gateway, jobsEach, { connections: 1000, requests, atOnce: 50 });
    if (report.violations.length > 0)
      throw new Error(`wrong answers:\n${report.violations.slice(0, 5).join("\n")}`);
    return Object.entries(report.latency).map(([operation, { p50Milliseconds, p99Milliseconds }]) =>
      makeFigure({
        name: `200 users with 50 jobs each, 1,000 connections, ${operation}: p99`,
        peer: "p50 of the same requests",
        unit: "ms",
        smallerIsBetter: true,
        ours: [p99Milliseconds],
        against: [p50Milliseconds],
      }),
    );
  },
};

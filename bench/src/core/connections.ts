import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { runProcess, serveProcess } from "../harness/run-process.js";
import { type GatewayProcess, startGatewayProcess } from "../ours/gateway.js";
import { runWrk, type WrkRun } from "../peers/wrk.js";

const bareServer = fileURLToPath(new URL("../peers/bare-server-main.js", import.meta.url));
const jobCount = 100;

/** One user's list of jobs, asked for over a thousand connections at once. */
export const connections: Benchmark = {
  name: "connections",
  isCheap: true,
  async measure(bench: Bench) {
    requirePrograms("curl", "wrk");
    const gateway = bench.use(await startGatewayProcess(bench.path("gateway")));
    await submitJobs(gateway);
    const url = `${gateway.account.baseUrl}webservice/pacclient/jobs`;
    const { output: body } = await runProcess("curl", ["-s", "-f", "-b", gateway.cookie, url]);
    const found = body.split("<Job>").length - 1;
    if (found !== jobCount) throw new Error(`the list has ${found} jobs:\n${body.slice(0, 500)}`);
    await writeFile(bench.path("body"), body);
    const contentType = "application/xml; charset=utf-8";
    const bare = bench.use(
      await serveProcess(process.execPath, [bareServer, bench.path("body"), contentType]),
    );
    const seconds = bench.isQuick ? 3 : 6;
    const runs: Record<"ours" | "against", WrkRun[]> = { ours: [], against: [] };
    const ask = async (who: "ours" | "against"): Promise<number> => {
      const [address, cookie] = who === "ours" ? [url, gateway.cookie] : [bare.firstLine, "none=none"];
      const run = await runWrk(address, { connections: 1000, seconds, cookie });
      runs[who].push(run);
      return run.requestsPerSecond;
    };
    const measured = await compare({ ours: () => ask("ours"), against: () => ask("against") }, bench.runs);
    const latency = (name: string, pick: (run: WrkRun) => number): ReturnType<typeof makeFigure> =>
      makeFigure({
        name: `list of ${jobCount} jobs, 1,000 connections: ${name}`,
        peer: "bare node:http sending the same bytes",
        unit: "ms",
        smallerIsBetter: true,
        ours: runs.ours.map(pick),
        against: runs.against.map(pick),
      });
    return [
      makeFigure({
        name: `list of ${jobCount} jobs, 1,000 connections`,
        peer: "bare node:http sending the same bytes",
        unit: "requests/s",
        goal: { kind: "at-least", ratio: 0.7 },
        ...measured,
      }),
      latency("latency p50", (run) => run.p50Milliseconds),
      latency("latency p99", (run) => run.p99Milliseconds),
    ];
  },
};

/** Jobs that wait, so that nothing else takes the processor meanwhile. */
async function submitJobs({ session }: GatewayProcess): Promise<void> {
  for (let number = 0; number < jobCount; number++) {
    const spec = { name: `job ${number}`, hold: true, task: { kind: "command", argv: ["true"] } } as const;
    await session.submit(spec, { submitKey: `job ${number} of the benchmark` });
  }
}

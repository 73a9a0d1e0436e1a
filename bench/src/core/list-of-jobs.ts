import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import type { Job } from "scarf-tomo";
import { renderJobs } from "scarf-tomo/wire";
import * as z from "zod/mini";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { type Figure, makeFigure } from "../harness/figure.js";
import { runProcess } from "../harness/run-process.js";

const main = fileURLToPath(new URL("./read-list-main.js", import.meta.url));

/** What a process that reads a list tells. */
const readListReport = z.object({ seconds: z.number(), peakBytes: z.number() });
export type ReadListReport = z.infer<typeof readListReport>;

/** A list into typed objects, against the XML parser saxes with nothing behind it. */
export const listOfJobs: Benchmark = {
  name: "list-of-jobs",
  isCheap: true,
  async measure(bench: Bench) {
    return [
      ...(await measureList(bench, { count: 100_000, details: false })),
      ...(await measureList(bench, { count: 100_000, details: true })),
    ];
  },
};

async function measureList(
  bench: Bench,
  { count, details }: { readonly count: number; readonly details: boolean },
): Promise<readonly Figure[]> {
  const file = bench.path(`jobs-${count}-${details}.xml`);
  await writeJobList(file, { count, details });
  const peaks: number[] = [];
  const { ours, against } = await compare(
    {
      ours: async () => {
        const { seconds, peakBytes } = await readList("jobs", file);
        peaks.push(peakBytes / 1e6);
        return seconds * 1000;
      },
      against: async () => (await readList("tokens", file)).seconds * 1000,
    },
    bench.runs,
  );
  const name = `list of ${count.toLocaleString("en")} jobs${details ? ", long form" : ""}`;
  return [
    makeFigure({
      name: `${name}, time`,
      peer: "saxes doing nothing but tokens",
      unit: "ms",
      smallerIsBetter: true,
      goal: { kind: "at-most", ratio: 1.3 },
      ours,
      against,
    }),
    makeFigure({
      name: `${name}, memory`,
      peer: "the bound",
      unit: "MB",
      smallerIsBetter: true,
      goal: { kind: "below", value: 250 },
      ours: peaks,
      against: [250],
    }),
  ];
}

/** Reads a list in a process of its own. */
export async function readList(how: "jobs" | "tokens", file: string): Promise<ReadListReport> {
  const { output } = await runProcess(process.execPath, [main, how, file]);
  return readListReport.parse(JSON.parse(output));
}

/** A list as a service sends it: jobs of all states with paths of usual lengths. */
export async function writeJobList(
  file: string,
  { count, details }: { readonly count: number; readonly details: boolean },
): Promise<void> {
  await pipeline(Readable.from(inPieces(renderJobs(makeJobs(count), { details }))), createWriteStream(file));
}

function* inPieces(texts: Iterable<string>): Generator<string> {
  let piece = "";
  for (const text of texts) {
    piece += text;
    if (piece.length < 65_536) continue;
    yield piece;
    piece = "";
  }
  yield piece;
}

function* makeJobs(count: number): Generator<Job> {
  const evidence = { source: "bench", observedAt: new Date(1_700_000_000_000) };
  const statuses: readonly Job["status"][] = [
    { phase: "finished", outcome: "succeeded", exitCode: 0, raw: "Done", evidence },
    { phase: "finished", outcome: "failed", exitCode: 3, raw: "Exit", evidence },
    { phase: "running", raw: "Running", evidence },
    {
      phase: "queued",
      raw: "Pending",
      reason: "Job's requirements for resource reservation not satisfied",
      evidence,
    },
  ];
  for (let number = 0; number < count; number++) {
    const status = statuses[number % statuses.length];
    if (status === undefined) continue;
    const submittedAt = new Date(1_700_000_000_000 + number * 1000);
    yield {
      id: String(417_000 + number),
      name: `reconstruct sample_${number}`,
      status,
      owner: "scarf362",
      command: `scarf-recon reconstruct /work/imat/sample_${number}/scan.nxs --centre auto --out slices`,
      application: "recon",
      queue: "scarf-ibis",
      submittedAt,
      ...(status.phase !== "queued" && { startedAt: new Date(submittedAt.getTime() + 60_000) }),
      ...(status.phase === "finished" && { endedAt: new Date(submittedAt.getTime() + 360_000) }),
      workingDirectory: `/home/scarf362/jobs/sample_${number}`,
      outputPath: `/home/scarf362/jobs/sample_${number}/${417_000 + number}.output`,
      executionHosts: ["cn042.scarf.rl.ac.uk"],
      submitKey: `key-of-sample-${number}`,
    };
  }
}

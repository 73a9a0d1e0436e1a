import { mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Bench, Benchmark } from "../harness/bench.js";
import { type Figure, type Goal, makeFigure } from "../harness/figure.js";
import { forgetPeak, readPeakBytes } from "../harness/process-figures.js";
import { makeSparseFile, mebibyte } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { startGatewayProcess } from "../ours/gateway.js";
import { makeJobWithFile } from "../ours/job-with-file.js";

/** Peaks of both processes during one transfer. */
interface Peaks {
  readonly client: number;
  readonly gateway: number;
}

/**
 * Memory does not grow with the size of a file. Files that are sent are sparse; what arrives at the gateway takes its space, so it
 * lies where temporary files do, and not in memory. What arrives at the client is dropped.
 */
export const transferMemory: Benchmark = {
  name: "transfer-memory",
  async measure(bench: Bench) {
    const gigabytes = bench.isQuick ? 2 : 20;
    const largeBytes = gigabytes * 1e9;
    const smallBytes = 256 * mebibyte;
    const sizes = { small: smallBytes, large: largeBytes };
    const folder = await useDiskFolder(bench, largeBytes);
    const sending = await measureBoth(sizes, (bytes, name) => send(join(folder, name), bytes));
    const receiving = await measureBoth(sizes, (bytes, name) => receive(join(folder, name), bytes));
    const what = `${gigabytes} GB`;
    return [
      ...compareMemory(`client's memory, sending ${what}`, sending.large.client, sending.small.client),
      ...compareMemory(`gateway's memory, receiving ${what}`, sending.large.gateway, sending.small.gateway),
      ...compareMemory(`client's memory, receiving ${what}`, receiving.large.client, receiving.small.client),
      ...compareMemory(`gateway's memory, sending ${what}`, receiving.large.gateway, receiving.small.gateway),
    ];
  },
};

async function measureBoth(
  { small, large }: { readonly small: number; readonly large: number },
  measure: (bytes: number, name: string) => Promise<Peaks>,
): Promise<{ readonly small: Peaks; readonly large: Peaks }> {
  return { small: await measure(small, "small"), large: await measure(large, "large") };
}

async function useDiskFolder(bench: Bench, bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "scarf-bench-"));
  bench.use({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }) });
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize > 1.1 * bytes) return folder;
  throw new Error(`transfer-memory needs ${bytes / 1e9} GB in ${tmpdir()} (or where TMPDIR says)`);
}

async function send(folder: string, bytes: number): Promise<Peaks> {
  const gateway = await startGatewayProcess(join(folder, "taking"));
  try {
    const file = await makeSparseFile(join(folder, "sent"), bytes);
    forgetPeak(gateway.pid);
    const { peakBytes } = await runClient({
      ...gateway.account,
      do: "send",
      files: [file],
      directory: ".",
      verify: true,
    });
    return { client: peakBytes, gateway: readPeakBytes(gateway.pid) };
  } finally {
    await gateway[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, maxRetries: 5 });
  }
}

async function receive(folder: string, bytes: number): Promise<Peaks> {
  const gateway = await startGatewayProcess(join(folder, "giving"));
  try {
    const { id: jobId } = await makeJobWithFile(gateway, bytes, { isSparse: true });
    forgetPeak(gateway.pid);
    const { peakBytes } = await runClient({ ...gateway.account, do: "drop", jobId, path: "given" });
    return { client: peakBytes, gateway: readPeakBytes(gateway.pid) };
  } finally {
    await gateway[Symbol.asyncDispose]();
  }
}

function compareMemory(name: string, largeBytes: number, smallBytes: number): readonly Figure[] {
  const row = (goal: Goal, title: string): Figure =>
    makeFigure({
      name: title,
      peer: "the same with 256 MB",
      unit: "MB",
      smallerIsBetter: true,
      goal,
      ours: [largeBytes / 1e6],
      against: [smallBytes / 1e6],
    });
  return [
    row({ kind: "at-most", ratio: 1.2 }, name),
    row({ kind: "below", value: 150 }, `${name}, absolute`),
  ];
}

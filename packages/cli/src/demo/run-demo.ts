import { mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { type CommandContext, quoteWord } from "../command-context.js";
import { renderBytes, renderCount } from "../format/render-quantity.js";
import { compareWithPhantom, listSlices, rmseBound } from "./compare-with-phantom.js";
import { startDemoGateway } from "./demo-gateway.js";
import type { DemoReport } from "./demo-report.js";
import { getPicturePath, makeJourney, pictureName } from "./journey.js";
import { makeOutputDirectory } from "./output-directory.js";
import { readSliceCount } from "./read-slice-count.js";
import { Stages } from "../stages.js";

/** Paths are absolute. */
export interface DemoOptions {
  /** The user's own scan instead of a phantom. */
  readonly data?: string;
  /** Keeps the results there. */
  readonly out?: string;
}

interface Scan {
  readonly path: string;
  readonly sizeBytes: number;
  readonly trueCentre?: number;
  readonly slice?: (row: number) => Float32Array;
}

/** The whole demo: a gateway in a temporary workspace, one journey, a look at the result. Nothing it started outlives it. */
export async function runDemo(context: CommandContext, options: DemoOptions): Promise<DemoReport> {
  const directory = await makeOutputDirectory(options.out);
  const workspace = await mkdtemp(join(tmpdir(), "scarf-demo-workspace-"));
  const stages = new Stages(context);
  const startedAt = performance.now();
  try {
    const scan = await stages.run(
      options.data === undefined ? "make a scan" : "look at it",
      () => (options.data === undefined ? makeScan(join(workspace, "phantom.nxs")) : openScan(options.data)),
      ({ path, sizeBytes }) => `${basename(path)}, ${renderBytes(sizeBytes)}`,
    );
    const gateway = await stages.run(
      "start",
      () => startDemoGateway(workspace),
      ({ url }) => `a gateway at ${url}`,
    );
    const slices = join(directory, "slices");
    let journey;
    try {
      journey = await makeJourney(context, stages, {
        gateway,
        scanPath: scan.path,
        directory: slices,
      });
    } finally {
      if (!(await gateway.close()))
        context.output.warn("The engine has not ended yet; it does when its job has.");
    }
    const sliceCount = await readSliceCount(slices);
    const rmse = await measure(stages, scan, slices, sliceCount);
    const picture = join(directory, pictureName);
    await rename(getPicturePath(slices), picture);
    return {
      stages: stages.done,
      totalSeconds: (performance.now() - startedAt) / 1000,
      gateway: gateway.url,
      scan: { name: basename(scan.path), sizeBytes: scan.sizeBytes },
      job: {
        id: journey.jobId,
        outcome: journey.status.outcome,
        ...(journey.status.exitCode !== undefined && { exitCode: journey.status.exitCode }),
      },
      slices: sliceCount,
      ...(journey.centre && { centre: journey.centre.pixels }),
      ...(scan.trueCentre !== undefined && { trueCentre: scan.trueCentre }),
      ...(rmse !== undefined && { rmse, rmseBound }),
      directory,
      picture,
    };
  } catch (error) {
    await showGatewayLog(context, join(workspace, "gateway.log"));
    // Where the user named no place, nobody would look for what had come by then.
    if (options.out === undefined) await rm(directory, { recursive: true, force: true });
    throw await withoutGateway(error, scanPath(options));
  } finally {
    await rm(workspace, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

/** What an error advises to ask of the demo's gateway nobody can: it has gone, with its files. */
async function withoutGateway(error: unknown, scan: string): Promise<unknown> {
  const { isScarfError, SchedulerError } = await import("scarf-tomo");
  if (!isScarfError(error) || error.code !== "JOB_NOT_SUCCEEDED") return error;
  return new SchedulerError("JOB_NOT_SUCCEEDED", error.message, {
    hint: `The demo's cluster is gone with the job's files. To look into it: scarf reconstruct ${scan} --resource local`,
    context: error.context,
    cause: error,
  });
}

function scanPath({ data }: DemoOptions): string {
  return data === undefined ? "FILE" : quoteWord(data);
}

async function makeScan(path: string): Promise<Scan> {
  const { writePhantomScan } = await import("scarf-tomo-recon/phantom");
  const scan = await writePhantomScan(path);
  return {
    path,
    sizeBytes: (await stat(path)).size,
    trueCentre: scan.axisColumn,
    slice: (row) => scan.slice(row),
  };
}

async function openScan(data: string): Promise<Scan> {
  const { fileSource } = await import("scarf-tomo");
  return { path: data, sizeBytes: (await fileSource(data)).sizeBytes };
}

/** All slices must be there; against the phantom they must also be right. */
async function measure(
  stages: Stages,
  scan: Scan,
  slices: string,
  expected: number,
): Promise<number | undefined> {
  const { TransferError } = await import("scarf-tomo");
  const { length } = await listSlices(slices);
  if (length !== expected) {
    throw new TransferError(
      "TRANSFER_INCOMPLETE",
      `${renderCount(length, "slice")} came, but ${expected} were made.`,
    );
  }
  const { slice } = scan;
  if (!slice) return undefined;
  return stages.run(
    "compare",
    () => compareWithPhantom(slices, slice),
    (rmse) => `error (RMSE) ${rmse.toFixed(5)} per pixel, allowed ${rmseBound}`,
  );
}

/** Its last lines may tell what went wrong, and the file goes with the workspace. */
async function showGatewayLog(context: CommandContext, path: string): Promise<void> {
  if (context.options.verbose !== true) return;
  const log = await readFile(path, "utf8").catch(() => "");
  const lines = log.split("\n").filter((line) => line !== "");
  for (const line of lines.slice(-20)) context.output.warn(`  | ${line}`);
}

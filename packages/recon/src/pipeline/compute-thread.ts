import { parentPort } from "node:worker_threads";
import { writeWhole } from "../output/partial-file.js";
import { renderPng } from "../output/png.js";
import type { ScaleLimits } from "../output/scale-samples.js";
import { renderTiff } from "../output/tiff-writer.js";
import type { SliceSamples } from "../output/tiff-writer.js";
import { SlabTask, chooseLimits, encodeSlice } from "./slab-task.js";
import type { SlabReport, SlabRequest, SlabSetup } from "./slab-task.js";
import { serve } from "./thread-call.js";

/** What happens to the slices of a slab. */
export interface SlabOutput {
  readonly limits: ScaleLimits | null;
  /** Path of each slice to write, by lane; null gives the samples back instead. */
  readonly paths: readonly string[] | null;
  readonly software: string;
  readonly unit: string;
  readonly picture: { readonly path: string; readonly lane: number } | null;
}

export interface SlabResult {
  readonly report: SlabReport;
  readonly minimum: number;
  readonly maximum: number;
  readonly cut: number;
  /** Of the wanted lanes, in order. */
  readonly slices: readonly SliceSamples[];
}

/** A thread that reconstructs slabs; there are as many as there are cores. */
export interface ComputeProtocol {
  setUp: { request: SlabSetup; response: null };
  limits: { request: SlabRequest; response: { report: SlabReport; limits: ScaleLimits } };
  slab: { request: SlabRequest & { output: SlabOutput }; response: SlabResult };
}

function finishSlab(
  task: SlabTask,
  request: SlabRequest & { output: SlabOutput },
  columns: number,
): SlabResult {
  const { output, firstRow, firstLane, lastLane } = request;
  const report = task.run(request);
  const slices: SliceSamples[] = [];
  let minimum = Infinity;
  let maximum = -Infinity;
  let cut = 0;
  if (task.isRefused(report)) return { report, minimum, maximum, cut, slices };
  const all = task.takeSlices();
  for (let lane = firstLane; lane < lastLane; lane++) {
    const slice = all[lane];
    if (slice === undefined) throw new Error(`There is no lane ${lane}.`);
    if (output.picture?.lane === lane) {
      writeWhole(output.picture.path, [renderPng(slice.values, columns, columns)]);
    }
    const encoded = encodeSlice(slice, output.limits);
    minimum = Math.min(minimum, encoded.minimum);
    maximum = Math.max(maximum, encoded.maximum);
    cut += encoded.cut;
    const path = output.paths?.[lane];
    // What lies in the memory of the kernels can't be given away.
    if (path === undefined) slices.push(encoded.samples.slice());
    else {
      const about = {
        row: firstRow + lane,
        unit: output.unit,
        ...(output.limits === null ? {} : { limits: output.limits }),
      };
      writeWhole(
        path,
        renderTiff(encoded.samples, columns, columns, {
          description: JSON.stringify(about),
          software: output.software,
        }),
      );
    }
  }
  return { report, minimum, maximum, cut, slices };
}

if (parentPort !== null) {
  let task: SlabTask | null = null;
  let columns = 0;
  const ready = (): SlabTask => {
    if (task === null) throw new Error("The thread has not been set up.");
    return task;
  };
  serve<ComputeProtocol>(parentPort, {
    setUp: async (setup) => {
      task = new SlabTask(setup);
      columns = setup.geometry.columns;
      return { result: null };
    },
    limits: async (request) => {
      const report = ready().run(request);
      const { firstLane, lastLane } = request;
      const slices = ready()
        .takeSlices()
        .slice(firstLane, lastLane)
        .map(({ values }) => values);
      return { result: { report, limits: chooseLimits(slices) } };
    },
    slab: async (request) => {
      const result = finishSlab(ready(), request, columns);
      const transfer = result.slices
        .map(({ buffer }) => buffer)
        .filter((buffer) => buffer instanceof ArrayBuffer);
      return { result, transfer };
    },
  });
}

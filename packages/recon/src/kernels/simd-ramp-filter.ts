import type { RampFilterPlan } from "../stages/ramp-filter.js";
import { writeRecord, writeTwiddles } from "./memory-layout.js";
import type { MemoryLayout } from "./memory-layout.js";

/** Where a ramp filter lies in the memory of the kernels. */
export interface RampFilterPlaces {
  readonly record: number;
  readonly response: number;
  readonly twiddles: number;
  readonly data: number;
  readonly work: number;
}

/** @param samples - room for rows of this many samples, if they are longer than the filter's own. */
export function placeRampFilter(
  layout: MemoryLayout,
  { length }: RampFilterPlan,
  samples: number,
): RampFilterPlaces {
  const longest = Math.max(length, samples);
  return {
    record: layout.reserve(64),
    response: layout.reserve(length * 4),
    twiddles: layout.reserve(length * 8),
    data: layout.reserveSamples(longest),
    work: layout.reserveSamples(longest),
  };
}

export function writeRampFilter(buffer: ArrayBuffer, plan: RampFilterPlan, places: RampFilterPlaces): void {
  const { columns, length, padding, response } = plan;
  const { record, twiddles, data, work } = places;
  new Float32Array(buffer, places.response, length).set(response);
  writeTwiddles(buffer, twiddles, length);
  writeRecord(buffer, record, {
    columns,
    length,
    repeatsEdges: padding === "edge" ? 1 : 0,
    response: places.response,
    twiddles,
    data,
    work,
  });
}

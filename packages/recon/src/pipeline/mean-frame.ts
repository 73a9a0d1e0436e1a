import type { FrameStack } from "../scan/frame-stack.js";
import { removeOutliers } from "../stages/outliers.js";
import type { OutlierOptions } from "../stages/outliers.js";

/**
 * Mean of all frames of a stack (flats or darks), `[row][column]`, in counts; frame after frame, so that one frame is in memory.
 *
 * @param target - where the mean goes, one value per pixel. NaN in a frame stays NaN here: the pixel counts as dead.
 */
export async function meanFrame(
  stack: FrameStack,
  outliers: OutlierOptions | null,
  target: Float32Array,
  onFrame: () => void,
): Promise<void> {
  const sum = new Float64Array(stack.rows * stack.columns);
  const group = Math.max(1, stack.framesPerRead);
  for (let first = 0; first < stack.count; first += group) {
    const last = Math.min(stack.count, first + group);
    const samples = await stack.read(first, last, 0, stack.rows);
    for (let i = 0; i < last - first; i++) {
      const raw = samples.subarray(i * sum.length, (i + 1) * sum.length);
      const frame =
        outliers === null ? raw : removeOutliers(raw, stack.columns, 0, stack.rows, outliers).rows;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] ?? 0) + (frame[k] ?? 0);
      onFrame();
    }
  }
  for (let k = 0; k < sum.length; k++) target[k] = (sum[k] ?? 0) / stack.count;
}

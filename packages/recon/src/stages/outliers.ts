/** Any array of detector samples. */
export type Samples =
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export interface OutlierOptions {
  /** A pixel further than this from the median of its neighbourhood is replaced by it; in counts of the detector. */
  readonly threshold: number;
  /** Width and height of the neighbourhood, odd. @defaultValue 3 */
  readonly size?: number;
}

/**
 * Stage: replaces isolated bright or dark pixels (gammas on a neutron camera, zingers) of one frame by the median of their
 * neighbourhood. Works on raw counts, before the flat field, where such a pixel is still alone.
 *
 * @param frame - `[row][column]`.
 * @param firstRow - only rows from here …
 * @param lastRow - … to here (exclusive) are returned; the others only serve as neighbours.
 * @returns the wanted rows, and how many pixels were replaced.
 */
export function removeOutliers(
  frame: Samples,
  columns: number,
  firstRow: number,
  lastRow: number,
  { threshold, size = 3 }: OutlierOptions,
): { readonly rows: Samples; readonly replaced: number } {
  const rows = frame.slice(firstRow * columns, lastRow * columns);
  const total = frame.length / columns;
  const radius = Math.floor(size / 2);
  const window = new Float64Array(size * size);
  let replaced = 0;
  for (let row = firstRow; row < lastRow; row++) {
    for (let column = 0; column < columns; column++) {
      let count = 0;
      for (let y = Math.max(0, row - radius); y <= Math.min(total - 1, row + radius); y++) {
        for (let x = Math.max(0, column - radius); x <= Math.min(columns - 1, column + radius); x++) {
          window[count++] = frame[y * columns + x] ?? 0;
        }
      }
      const middle = selectMiddle(window, count);
      if (Math.abs((frame[row * columns + column] ?? 0) - middle) > threshold) {
        rows[(row - firstRow) * columns + column] = middle;
        replaced++;
      }
    }
  }
  return { rows, replaced };
}

/** Lower median of the first `count` values, by insertion sort: the fastest way for nine of them. */
function selectMiddle(window: Float64Array, count: number): number {
  for (let i = 1; i < count; i++) {
    const value = window[i] ?? 0;
    let j = i - 1;
    for (; j >= 0 && (window[j] ?? 0) > value; j--) window[j + 1] = window[j] ?? 0;
    window[j + 1] = value;
  }
  return window[(count - 1) >> 1] ?? 0;
}

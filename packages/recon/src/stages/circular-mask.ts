/** First and one-past-last column that belongs to the picture, for each of its rows. */
export interface RowBounds {
  readonly start: Int32Array;
  readonly end: Int32Array;
  /** Greatest distance of a kept pixel from the axis, in pixels. */
  readonly radius: number;
}

/**
 * Stage: which pixels of a slice are reconstructed. Outside they stay 0.
 *
 * @param size - width and height of the slice; the axis is at its middle, (size - 1) / 2.
 * @param ratio - radius of the circle as a fraction of half the width (1 touches the edges); null keeps the square,
 * whose corners not every projection has seen.
 */
export function circularMask(size: number, ratio: number | null): RowBounds {
  const start = new Int32Array(size);
  const end = new Int32Array(size);
  const middle = (size - 1) / 2;
  if (ratio === null) {
    end.fill(size);
    return { start, end, radius: Math.SQRT2 * middle };
  }
  const radius = middle * ratio;
  for (let row = 0; row < size; row++) {
    const rest = radius * radius - (row - middle) ** 2;
    if (rest < 0) continue;
    const half = Math.sqrt(rest);
    start[row] = Math.ceil(middle - half);
    end[row] = Math.floor(middle + half) + 1;
  }
  return { start, end, radius };
}

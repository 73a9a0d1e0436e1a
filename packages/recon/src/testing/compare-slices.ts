/** Root of the mean squared difference within a circle of `ratio` of the width, relative to the largest value of `truth`. */
export function relativeRmse(slice: Float32Array, truth: Float32Array, size: number, ratio = 0.95): number {
  let sum = 0;
  let count = 0;
  let largest = 0;
  forEachInside(size, ratio, (i) => {
    sum += ((slice[i] ?? 0) - (truth[i] ?? 0)) ** 2;
    largest = Math.max(largest, Math.abs(truth[i] ?? 0));
    count++;
  });
  return Math.sqrt(sum / count) / largest;
}

/** Factor by which `slice` is brighter than `truth`, by least squares. */
export function gain(slice: Float32Array, truth: Float32Array, size: number): number {
  let product = 0;
  let square = 0;
  forEachInside(size, 0.95, (i) => {
    product += (slice[i] ?? 0) * (truth[i] ?? 0);
    square += (truth[i] ?? 0) ** 2;
  });
  return product / square;
}

/** Mean over a small square around a place given from the middle of the slice, y upwards. */
export function meanAround(slice: Float32Array, size: number, x: number, y: number, half = 2): number {
  const middle = (size - 1) / 2;
  let sum = 0;
  let count = 0;
  for (let row = Math.round(middle - y) - half; row <= Math.round(middle - y) + half; row++) {
    for (let column = Math.round(middle + x) - half; column <= Math.round(middle + x) + half; column++) {
      sum += slice[row * size + column] ?? 0;
      count++;
    }
  }
  return sum / count;
}

/** Correlation of two slices within the circle. */
export function correlation(a: Float32Array, b: Float32Array, size: number): number {
  let [count, sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0, 0];
  forEachInside(size, 0.9, (i) => {
    const x = a[i] ?? 0;
    const y = b[i] ?? 0;
    count++;
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  });
  return (
    (sumAB / count - (sumA / count) * (sumB / count)) /
    Math.sqrt((sumAA / count - (sumA / count) ** 2) * (sumBB / count - (sumB / count) ** 2))
  );
}

function forEachInside(size: number, ratio: number, visit: (index: number) => void): void {
  const middle = (size - 1) / 2;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      if (Math.hypot(row - middle, column - middle) <= middle * ratio) visit(row * size + column);
    }
  }
}

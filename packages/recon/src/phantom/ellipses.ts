/** A solid ellipsoid; lengths in units of half the detector's width, heights -1 (top row) … 1 (bottom row). */
export interface Ellipsoid {
  /** Attenuation that it adds, relative to the body of the phantom. */
  readonly value: number;
  readonly semiAxes: readonly [x: number, y: number, z: number];
  readonly centre: readonly [x: number, y: number, z: number];
  /** Turn about the rotation axis, counter-clockwise, in degrees. */
  readonly turnDegrees: number;
}

/**
 * The phantom: a thick-walled vessel with rods, a plate, a hole and grains. Everything changes with height, so that no two slices
 * are alike and a row out of place is noticed.
 */
export const PHANTOM: readonly Ellipsoid[] = [
  { value: 1.6, semiAxes: [0.78, 0.7, 1.9], centre: [0, 0, 0.1], turnDegrees: 20 },
  { value: -1, semiAxes: [0.68, 0.6, 1.7], centre: [0.01, -0.015, 0.1], turnDegrees: 20 },
  { value: 1.2, semiAxes: [0.1, 0.1, 1.5], centre: [0.3, 0.22, 0], turnDegrees: 0 },
  { value: 0.8, semiAxes: [0.055, 0.055, 2.4], centre: [-0.32, 0.18, -0.4], turnDegrees: 0 },
  { value: 0.5, semiAxes: [0.34, 0.05, 1.3], centre: [0.03, -0.28, 0.2], turnDegrees: -35 },
  { value: -0.5, semiAxes: [0.17, 0.12, 1.25], centre: [-0.12, -0.02, 0.3], turnDegrees: 50 },
  { value: 1.4, semiAxes: [0.025, 0.025, 1.2], centre: [0.08, 0.42, -0.2], turnDegrees: 0 },
];

/** Attenuation through the body of the phantom, per detector width: gives transmissions down to about 0.2. */
const ATTENUATION_PER_WIDTH = 1.9;

/** The cut of an ellipsoid by one detector row, in pixels; attenuation per pixel. */
export interface Ellipse {
  readonly attenuation: number;
  readonly a: number;
  readonly b: number;
  readonly x: number;
  readonly y: number;
  readonly turn: number;
}

/** The ellipses of one detector row. */
export function cutAtRow(
  ellipsoids: readonly Ellipsoid[],
  row: number,
  rows: number,
  columns: number,
): Ellipse[] {
  const height = rows === 1 ? 0 : (2 * row) / (rows - 1) - 1;
  const half = columns / 2;
  return ellipsoids.flatMap(({ value, semiAxes: [a, b, c], centre: [x, y, z], turnDegrees }) => {
    const rest = 1 - ((height - z) / c) ** 2;
    if (rest <= 0) return [];
    const size = Math.sqrt(rest) * half;
    const attenuation = (value * ATTENUATION_PER_WIDTH) / columns;
    return [
      {
        attenuation,
        a: a * size,
        b: b * size,
        x: x * half,
        y: y * half,
        turn: (turnDegrees * Math.PI) / 180,
      },
    ];
  });
}

/**
 * Adds the exact projection of ellipses to a detector row: the mean over each pixel of 2 µ a b √(s² - t²) / s², by its
 * antiderivative. (Kak and Slaney 1988, section 3.1.)
 *
 * @param axis - column onto which the axis projects.
 */
export function projectEllipses(
  ellipses: readonly Ellipse[],
  angle: number,
  axis: number,
  target: Float64Array,
): void {
  const last = target.length - 1;
  for (const { attenuation, a, b, x, y, turn } of ellipses) {
    const cos = Math.cos(angle - turn);
    const sin = Math.sin(angle - turn);
    const s2 = a * a * cos * cos + b * b * sin * sin;
    const s = Math.sqrt(s2);
    const middle = axis + x * Math.cos(angle) + y * Math.sin(angle);
    const factor = (attenuation * a * b) / s2;
    const from = Math.max(0, Math.ceil(middle - s - 0.5));
    const to = Math.min(last, Math.floor(middle + s + 0.5));
    let before = integral(from - 0.5 - middle, s, s2);
    for (let column = from; column <= to; column++) {
      const after = integral(column + 0.5 - middle, s, s2);
      target[column] = (target[column] ?? 0) + factor * (after - before);
      before = after;
    }
  }
}

/** Twice the integral of √(s² - t²) from 0 to t. */
function integral(t: number, s: number, s2: number): number {
  if (t <= -s) return (-Math.PI * s2) / 2;
  if (t >= s) return (Math.PI * s2) / 2;
  return t * Math.sqrt(s2 - t * t) + s2 * Math.asin(t / s);
}

/**
 * The true slice, sampled like a reconstruction: `[y][x]`, mean over each pixel, attenuation per pixel, axis in the middle, y upwards.
 */
export function sampleEllipses(ellipses: readonly Ellipse[], size: number): Float32Array {
  const slice = new Float32Array(size * size);
  const middle = (size - 1) / 2;
  const steps = 4;
  for (const { attenuation, a, b, x, y, turn } of ellipses) {
    const cos = Math.cos(turn);
    const sin = Math.sin(turn);
    const reach = Math.max(a, b) + 1;
    const firstRow = Math.max(0, Math.floor(middle - y - reach));
    const lastRow = Math.min(size - 1, Math.ceil(middle - y + reach));
    const firstColumn = Math.max(0, Math.floor(middle + x - reach));
    const lastColumn = Math.min(size - 1, Math.ceil(middle + x + reach));
    for (let row = firstRow; row <= lastRow; row++) {
      for (let column = firstColumn; column <= lastColumn; column++) {
        let inside = 0;
        for (let i = 0; i < steps; i++) {
          const v = middle - row - (i + 0.5) / steps + 0.5 - y;
          for (let j = 0; j < steps; j++) {
            const u = column - middle + (j + 0.5) / steps - 0.5 - x;
            const along = (u * cos + v * sin) / a;
            const across = (v * cos - u * sin) / b;
            if (along * along + across * across <= 1) inside++;
          }
        }
        const at = row * size + column;
        slice[at] = (slice[at] ?? 0) + (attenuation * inside) / (steps * steps);
      }
    }
  }
  return slice;
}

import { nextFastLength } from "../../numerics/fft.js";
import { LANES, slabBytes } from "../../slab/slab.js";
import { angleWeights } from "../angle-weights.js";
import { circularMask } from "../circular-mask.js";
import type { RowBounds } from "../circular-mask.js";
import { planRampFilter } from "../ramp-filter.js";
import type { RampFilterPlan } from "../ramp-filter.js";
import type { ReconstructionOptions } from "../reconstructor.js";

/** Width of the spreading kernel in cells of the grid. */
export const CELLS = 4;
/** Places between two cells for which the kernel is tabulated: the nearest one is wrong by 1e-4 of its value at most. */
export const OFFSETS = 2048;
/** Grid points per pixel of the picture and direction. */
const OVERSAMPLING = 1.25;
/** Rays filtered and spread together: few enough for the second-level cache, enough for neighbours to share cells of the grid. */
export const RAYS_PER_BLOCK = 32;

/** One ray of the Fourier plane, which is what the slice theorem makes of a projection. */
export interface Ray {
  /** Steps on the grid from one radial sample to the next. */
  readonly stepX: number;
  readonly stepY: number;
  /** Samples between the row's first one and the pixel in the middle of the picture, as this ray sees it. */
  readonly axis: number;
  readonly weight: number;
}

/** All that gridrec can know before it sees data; what its two forms (TypeScript and `assembly/gridrec.ts`) have in common. */
export interface GridrecPlan {
  readonly angles: number;
  readonly columns: number;
  readonly filter: RampFilterPlan;
  /** Samples of a filtered row, and so of its spectrum; the first `before` ones lie before the detector. */
  readonly rowLength: number;
  readonly before: number;
  readonly gridSize: number;
  /** `[offset][cell]`: weights of the cells after a place, of which the first is offset / OFFSETS away from it. */
  readonly kernel: Float64Array;
  /** For each column what makes good for the kernel, with the sign that the middle of the grid brings. */
  readonly correction: Float64Array;
  readonly rays: readonly Ray[];
  readonly bounds: RowBounds;
}

/**
 * Plans gridrec: the spectra of the filtered rows are spread onto a Cartesian grid, which is transformed into the picture; f(x, y) is the same sum as in filtered
 * back-projection, with trigonometric in place of linear interpolation.
 *
 * Unlike the classic form (Dowd et al., Proc. SPIE 3772, 166 (1999)) the ramp is applied before, as an exact convolution of padded rows, so that values are
 * quantitative: no offset, no gain that changes across the field. The kernel is the exponential of a semicircle (Barnett, Magland, af Klinteberg,
 * SIAM J. Sci. Comput. 41, C479 (2019)), 4 cells wide on a grid 1.25 times finer than the picture's own.
 *
 * @remarks Relative difference from exact back-projection within 0.95 of the circle: at most 5e-3.
 */
export function planGridrec(options: ReconstructionOptions): GridrecPlan {
  const { columns, anglesRadians, centre, window = "shepp-logan", padding = "zero", maskRatio = 1 } = options;
  const bounds = circularMask(columns, maskRatio);
  const before = Math.max(
    0,
    Math.ceil(Math.max(bounds.radius - centre, centre + bounds.radius - (columns - 1))),
  );
  const rowLength = nextFastLength(columns + 2 * before);
  const gridSize = nextFastLength(Math.max(2 * CELLS, OVERSAMPLING * columns));
  const { weights } = angleWeights(anglesRadians);
  // Pixels of a picture of even width lie half a pixel beside whole distances from the axis.
  const half = columns % 2 === 0 ? 0.5 : 0;
  const rays = Array.from(anglesRadians, (angle, i) => {
    const cosine = Math.cos(angle);
    const sine = Math.sin(angle);
    return {
      stepX: (cosine * gridSize) / rowLength,
      stepY: (sine * gridSize) / rowLength,
      axis: centre + before + half * (cosine + sine),
      weight: (weights[i] ?? 0) / rowLength,
    };
  });
  return {
    angles: anglesRadians.length,
    columns,
    filter: planRampFilter({ columns, window, padding, margin: before }),
    rowLength,
    before,
    gridSize,
    kernel: tabulateKernel(columns / gridSize),
    correction: tabulateCorrection(columns, gridSize),
    rays,
    bounds,
  };
}

/** The spreading kernel at a distance, in cells; `share` is the share of the picture in the field of the grid. */
function kernelAt(distance: number, share: number): number {
  const z = (2 * distance) / CELLS;
  const steepness = 0.97 * Math.PI * CELLS * (1 - share / 2);
  return z * z >= 1 ? 0 : Math.exp(steepness * (Math.sqrt(1 - z * z) - 1));
}

function tabulateKernel(share: number): Float64Array {
  const table = new Float64Array((OFFSETS + 1) * CELLS);
  for (let offset = 0; offset <= OFFSETS; offset++) {
    for (let cell = 0; cell < CELLS; cell++)
      table[offset * CELLS + cell] = kernelAt(cell - CELLS / 2 + offset / OFFSETS, share);
  }
  return table;
}

const INTEGRATION_STEPS = 400;

function tabulateCorrection(columns: number, gridSize: number): Float64Array {
  const share = columns / gridSize;
  const left = columns >> 1;
  return Float64Array.from({ length: columns }, (_, column) => {
    const x = column - left;
    let transform = 0;
    for (let i = 0; i < INTEGRATION_STEPS; i++) {
      const distance = (((i + 0.5) / INTEGRATION_STEPS) * CELLS) / 2;
      transform += kernelAt(distance, share) * Math.cos((2 * Math.PI * x * distance) / gridSize);
    }
    return ((x % 2 === 0 ? 1 : -1) * INTEGRATION_STEPS) / (transform * CELLS);
  });
}

/** Bytes that gridrec takes, slab and slices included, whichever engine it has. */
export function gridrecBytes(angles: number, columns: number): number {
  const gridSize = nextFastLength(Math.max(2 * CELLS, OVERSAMPLING * columns));
  const slab = slabBytes(angles, columns);
  const image = columns * columns * LANES * 4;
  const grid = gridSize * gridSize * LANES * 4;
  // In TypeScript one pair of slices is on the grid at a time, and the picture has a place of its own.
  const larger = Math.max(Math.max(slab, image) + grid, slab + image + (grid + image) / 4);
  // An axis far from the middle makes rows up to twice, padded ones four times as long.
  return larger + columns * 4 * (RAYS_PER_BLOCK * LANES * 2 + 200) + OFFSETS * CELLS * 12;
}

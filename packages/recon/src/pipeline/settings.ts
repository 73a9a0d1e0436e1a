import type { DataKind } from "../scan/check-scan.js";
import type { ScanOptions } from "../scan/scan.js";
import type { OutlierOptions } from "../stages/outliers.js";
import type { FilterPadding, FilterWindow } from "../stages/ramp-filter.js";
import type { Method } from "../stages/reconstructor.js";
import type { ScaleLimits } from "../output/scale-samples.js";

/** A rectangle on the detector; the far edges are not part of it. */
export interface Region {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Lengths that values may be given per. */
export const LENGTH_UNITS = { pixel: null, m: 1, cm: 1e-2, mm: 1e-3, um: 1e-6 } as const;
export type LengthUnit = keyof typeof LENGTH_UNITS;

/** Everything that a reconstruction is told. Plain data: it goes to threads and into the record as it is. */
export interface ReconSettings {
  readonly input: string;
  readonly scan: ScanOptions;
  /** What the samples are; `auto` decides by whether there are flats, and by looking. */
  readonly data: DataKind | "auto";
  /** Interpolate NaN and infinite samples instead of refusing them. */
  readonly fixInvalid: boolean;
  readonly outliers: OutlierOptions | null;
  readonly airRegion: Region | null;
  /** Width of the running median of ring removal, in columns; null for none. */
  readonly ringWidth: number | null;
  /** Width of the median of stripe removal by sorting, in columns; null for none. */
  readonly stripeWidth: number | null;
  /** Column of the axis, or found. */
  readonly centre: number | "auto";
  /** Detector rows first..last (exclusive); null for all. */
  readonly rows: { readonly first: number | null; readonly last: number | null } | null;
  readonly method: Method;
  /** Passes of an iterative method; null for as many as it usually takes. */
  readonly iterations: number | null;
  readonly window: FilterWindow;
  readonly padding: FilterPadding;
  readonly maskRatio: number | null;
  /** Values are attenuation per this length. */
  readonly per: LengthUnit;
  /** In place of what the file says. */
  readonly pixelSizeMetres: number | null;
  readonly output: OutputSettings;
  readonly workers: number;
  readonly memoryBytes: number;
}

export interface OutputSettings {
  readonly folder: string;
  readonly prefix: string;
  readonly format: "tiff" | "h5";
  readonly sampleType: "float32" | "uint16";
  /** Limits of 16-bit samples; null takes them from the middle slices. */
  readonly limits: ScaleLimits | null;
  readonly overwrite: boolean;
  /** An 8-bit picture of one slice: where, and of which detector row (null: the middle one). */
  readonly picture: { readonly path: string; readonly row: number | null } | null;
}

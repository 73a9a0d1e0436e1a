import type { Stage } from "../stages.js";

/** `report.json` of the demo; documented in docs/reference/cli.md. */
export interface DemoReport {
  readonly stages: readonly Stage[];
  readonly totalSeconds: number;
  readonly gateway: string;
  readonly scan: { readonly name: string; readonly sizeBytes: number };
  readonly job: { readonly id: string; readonly outcome: string; readonly exitCode?: number };
  readonly slices: number;
  /** Column of the rotation axis that was found, in pixels. */
  readonly centre?: number;
  /** Only of the phantom: where the axis is, and the error of the slices. */
  readonly trueCentre?: number;
  readonly rmse?: number;
  readonly rmseBound?: number;
  readonly directory: string;
  readonly picture: string;
}

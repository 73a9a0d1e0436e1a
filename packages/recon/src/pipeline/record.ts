import { hostname } from "node:os";
import type { CentreResult } from "../centre/find-centre.js";
import type { ScaleLimits } from "../output/scale-samples.js";
import { getVersion } from "../version.js";
import { unitName } from "./choices.js";
import type { InputIdentity } from "./input-identity.js";
import type { OutputFiles } from "./output-files.js";
import type { ScanSummary } from "./scan-reader.js";
import type { ReconSettings } from "./settings.js";

/** How the axis came to be known. */
export interface CentreRecord {
  readonly pixels: number;
  readonly how: "given" | CentreResult["method"];
  readonly sure: boolean;
  readonly remark: string;
}

/** What a reconstruction was and what came of it: the answer of `--json`, and the file beside the slices. */
export interface ReconRecord {
  readonly program: "scarf-recon";
  readonly version: string;
  readonly command: readonly string[];
  readonly node: string;
  readonly started: string;
  readonly finished: string;
  readonly input: InputIdentity;
  readonly scan: {
    readonly format: ScanSummary["format"];
    readonly location: string;
    readonly storage: string;
    readonly data: ScanSummary["kind"];
    readonly projections: number;
    readonly flats: number;
    readonly darks: number;
    readonly rows: number;
    readonly columns: number;
    readonly pixelSizeMetres: number | null;
  };
  readonly angles: {
    readonly firstDegrees: number;
    readonly lastDegrees: number;
    readonly count: number;
    readonly source: string;
  };
  readonly centre: CentreRecord;
  /** Detector rows first..last (exclusive). */
  readonly rows: { readonly first: number; readonly last: number };
  readonly parameters: Pick<
    ReconSettings,
    | "method"
    | "iterations"
    | "window"
    | "padding"
    | "maskRatio"
    | "ringWidth"
    | "stripeWidth"
    | "outliers"
    | "airRegion"
    | "fixInvalid"
  >;
  readonly output: {
    readonly folder: string;
    readonly format: "tiff" | "h5";
    readonly first: string;
    readonly last: string;
    readonly slices: number;
    readonly size: number;
    readonly sampleType: "float32" | "uint16";
    readonly unit: string;
    readonly limits: ScaleLimits | null;
    readonly minimum: number;
    readonly maximum: number;
    readonly picture: string | null;
  };
  readonly warnings: readonly string[];
  readonly workers: number;
  readonly peakMemoryBytes: number;
  readonly seconds: {
    readonly open: number;
    readonly prepare: number;
    readonly reconstruct: number;
    readonly total: number;
  };
}

/** What {@link makeRecord} puts together. */
export interface RecordParts {
  readonly settings: ReconSettings;
  readonly scan: ScanSummary;
  readonly input: InputIdentity;
  readonly centre: CentreRecord;
  readonly rows: ReconRecord["rows"];
  readonly limits: ScaleLimits | null;
  /** Clock at the start, and after opening, preparing and reconstructing; in milliseconds. */
  readonly laps: readonly number[];
  readonly files: OutputFiles;
  readonly range: { readonly minimum: number; readonly maximum: number };
  readonly warnings: readonly string[];
  readonly workers: number;
  readonly started: Date;
  readonly command: readonly string[];
}

export function makeRecord(parts: RecordParts): ReconRecord {
  const {
    settings,
    scan,
    input,
    centre,
    rows,
    limits,
    laps,
    files,
    range,
    warnings,
    workers,
    started,
    command,
  } = parts;
  const {
    output,
    method,
    iterations,
    window,
    padding,
    maskRatio,
    ringWidth,
    stripeWidth,
    outliers,
    airRegion,
    fixInvalid,
    per,
  } = settings;
  const seconds = (from: number, to: number): number =>
    Math.round((laps[to] ?? 0) - (laps[from] ?? 0)) / 1000;
  const degrees = (radians: number | undefined): number =>
    Number((((radians ?? 0) * 180) / Math.PI).toFixed(6));
  const path = (row: number): string => files.volume ?? files.slice(row);
  return {
    program: "scarf-recon",
    version: getVersion(),
    command: command,
    node: hostname(),
    started: started.toISOString(),
    finished: new Date().toISOString(),
    input,
    scan: {
      format: scan.format,
      location: scan.location,
      storage: scan.storage,
      data: scan.kind,
      projections: scan.projections,
      flats: scan.flats,
      darks: scan.darks,
      rows: scan.rows,
      columns: scan.columns,
      pixelSizeMetres: settings.pixelSizeMetres ?? scan.pixelSizeMetres,
    },
    angles: {
      firstDegrees: degrees(scan.anglesRadians[0]),
      lastDegrees: degrees(scan.anglesRadians.at(-1)),
      count: scan.anglesRadians.length,
      source: scan.angleSource,
    },
    centre,
    rows,
    parameters: {
      method,
      iterations,
      window,
      padding,
      maskRatio,
      ringWidth,
      stripeWidth,
      outliers,
      airRegion,
      fixInvalid,
    },
    output: {
      folder: output.folder,
      format: output.format,
      first: path(rows.first),
      last: path(rows.last - 1),
      slices: rows.last - rows.first,
      size: scan.columns,
      sampleType: output.sampleType,
      unit: unitName(per),
      limits,
      minimum: range.minimum,
      maximum: range.maximum,
      picture: files.picture,
    },
    warnings,
    workers,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    seconds: {
      open: seconds(0, 1),
      prepare: seconds(1, 2),
      reconstruct: seconds(2, 3),
      total: seconds(0, 3),
    },
  };
}

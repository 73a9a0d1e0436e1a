import { findCentre } from "../centre/find-centre.js";
import type { CentreResult } from "../centre/find-centre.js";
import { ReconError } from "../errors/recon-error.js";
import type { ReconErrorRecord } from "../errors/recon-error.js";
import { median } from "../numerics/median.js";
import type { Stage } from "../progress/progress-line.js";
import { checkScan } from "../scan/check-scan.js";
import type { DataKind } from "../scan/check-scan.js";
import { makeSamples } from "../scan/frame-stack.js";
import type { SampleType } from "../scan/frame-stack.js";
import { openScan } from "../scan/open-scan.js";
import type { Scan, ScanFormat } from "../scan/scan.js";
import type { Fields } from "../stages/normalise.js";
import { removeOutliers } from "../stages/outliers.js";
import { measureBeam } from "./beam-intensity.js";
import { meanFrame } from "./mean-frame.js";
import { recogniseData } from "./recognise-data.js";
import { makeAttenuationSource } from "./scan-attenuation.js";
import type { ReconSettings } from "./settings.js";

/** What a scan is, as plain data for other threads. */
export interface ScanSummary {
  readonly path: string;
  readonly format: ScanFormat;
  readonly location: string;
  readonly storage: string;
  readonly kind: DataKind;
  readonly projections: number;
  readonly flats: number;
  readonly darks: number;
  readonly rows: number;
  readonly columns: number;
  readonly sampleType: SampleType;
  readonly wholeFrames: boolean;
  readonly framesPerRead: number;
  readonly anglesRadians: Float64Array;
  readonly angleSource: string;
  readonly pixelSizeMetres: number | null;
  readonly problems: readonly ReconErrorRecord[];
  readonly warnings: readonly string[];
}

/** What must be known before the first slab: mean frames (in shared memory), beam, and axis. */
export interface Preparation {
  readonly flat: Float32Array | null;
  readonly dark: Float32Array | null;
  readonly beam: Float64Array | null;
  readonly centre: CentreResult | null;
  readonly warnings: readonly string[];
}

/** Most bytes of frames in the reader's hands. */
const GROUP_BYTES = 8 * 2 ** 20;

/** The side of the pipeline that reads: opens the scan, prepares, and delivers raw rows block by block. */
export class ScanReader {
  readonly #settings: ReconSettings;
  readonly #progress: (stage: Stage, done: number, total: number) => void;
  #scan: Scan | null = null;
  #kind: DataKind = "counts";

  constructor(settings: ReconSettings, progress: (stage: Stage, done: number, total: number) => void) {
    this.#settings = settings;
    this.#progress = progress;
  }

  async open(): Promise<ScanSummary> {
    const { input, scan: options, data } = this.#settings;
    const scan = await openScan(input, options);
    this.#scan = scan;
    const decision = await recogniseData(scan, data);
    this.#kind = decision.kind;
    const report = checkScan(scan, decision.kind, options.dark === "none");
    const { projections, flats, darks, angles } = scan;
    return {
      path: scan.path,
      format: scan.format,
      location: scan.location,
      storage: scan.storage,
      kind: decision.kind,
      projections: projections.count,
      flats: flats?.count ?? 0,
      darks: darks?.count ?? 0,
      rows: projections.rows,
      columns: projections.columns,
      sampleType: projections.sampleType,
      wholeFrames: projections.wholeFrames,
      framesPerRead: projections.framesPerRead,
      anglesRadians: angles?.radians ?? new Float64Array(),
      angleSource: angles?.source ?? "",
      pixelSizeMetres: scan.pixelSizeMetres,
      problems: report.problems.map((problem) => problem.toJSON()),
      warnings: [...(decision.warning === null ? [] : [decision.warning]), ...report.warnings],
    };
  }

  async prepare(firstRow: number, lastRow: number): Promise<Preparation> {
    const scan = this.#opened();
    const { airRegion, centre, fixInvalid } = this.#settings;
    const fields = await this.#readFields(scan);
    const warnings = await this.#checkExposure(scan, fields);
    const { count } = scan.projections;
    let done = 0;
    const beam =
      airRegion === null
        ? null
        : await measureBeam(scan, fields, airRegion, () => this.#progress("beam", ++done, count));
    let result: CentreResult | null = null;
    if (centre === "auto") {
      this.#progress("centre", 0, 1);
      const context = { scan, kind: this.#kind, fields, beam, fixInvalid };
      result = await findCentre(makeAttenuationSource(context, firstRow, lastRow));
      this.#progress("centre", 1, 1);
      if (!result.sure) {
        warnings.push(
          `The centre of rotation is unsure: ${result.remark} ${result.centre.toFixed(2)} is used. Look at a slice; if it shows arcs, try others with --rows and --centre.`,
        );
      }
    }
    return { flat: fields?.flat ?? null, dark: fields?.dark ?? null, beam, centre: result, warnings };
  }

  /** Fills `buffer` with rows `firstRow`..`lastRow` of all projections, `[angle][row][column]`. */
  async read(firstRow: number, lastRow: number, buffer: SharedArrayBuffer): Promise<{ replaced: number }> {
    const { projections } = this.#opened();
    const { outliers } = this.#settings;
    const { columns, count, sampleType } = projections;
    const size = (lastRow - firstRow) * columns;
    const target = makeSamples(sampleType, count * size, buffer);
    const reach = outliers === null ? 0 : Math.floor((outliers.size ?? 3) / 2);
    const from = Math.max(0, firstRow - reach);
    const to = Math.min(projections.rows, lastRow + reach);
    const bytesPerFrame = (to - from) * columns * target.BYTES_PER_ELEMENT;
    const depth = Math.max(1, projections.framesPerRead);
    const group = Math.max(1, Math.floor(GROUP_BYTES / (bytesPerFrame * depth))) * depth;
    let replaced = 0;
    for (let first = 0; first < count; first += group) {
      const last = Math.min(count, first + group);
      const samples = await projections.read(first, last, from, to);
      if (outliers === null) {
        target.set(samples, first * size);
        continue;
      }
      const frameSize = (to - from) * columns;
      for (let i = 0; i < last - first; i++) {
        const frame = samples.subarray(i * frameSize, (i + 1) * frameSize);
        const cleaned = removeOutliers(frame, columns, firstRow - from, lastRow - from, outliers);
        target.set(cleaned.rows, (first + i) * size);
        replaced += cleaned.replaced;
      }
    }
    return { replaced };
  }

  describe(frame: number): string {
    return this.#opened().projections.describe(frame);
  }

  close(): void {
    this.#scan?.close();
    this.#scan = null;
  }

  #opened(): Scan {
    if (this.#scan === null) throw new Error("The scan is not open.");
    return this.#scan;
  }

  async #readFields(scan: Scan): Promise<Fields | null> {
    const { flats, darks } = scan;
    if (this.#kind !== "counts" || flats === null) return null;
    const pixels = flats.rows * flats.columns;
    const share = (): Float32Array => new Float32Array(new SharedArrayBuffer(pixels * 4));
    const fields = { flat: share(), dark: share() };
    const total = flats.count + (darks?.count ?? 0);
    let done = 0;
    this.#progress("fields", 0, total);
    const onFrame = (): void => this.#progress("fields", ++done, total);
    await meanFrame(flats, this.#settings.outliers, fields.flat, onFrame);
    if (darks !== null) await meanFrame(darks, this.#settings.outliers, fields.dark, onFrame);
    return fields;
  }

  /** Flats of another exposure, or projections that are corrected already, give transmissions far from 0..1. */
  async #checkExposure(scan: Scan, fields: Fields | null): Promise<string[]> {
    if (fields === null) return [];
    const light: number[] = [];
    const step = Math.max(1, Math.floor(fields.flat.length / 20_000));
    for (let i = 0; i < fields.flat.length; i += step)
      light.push((fields.flat[i] ?? 0) - (fields.dark[i] ?? 0));
    if (!(median(light) > 0)) {
      throw new ReconError(
        "VALUES_INVALID",
        `${scan.flats?.describe(0) ?? scan.path}: the flats are no brighter than the darks.`,
        "Were flats and darks mixed up, or the shutter closed? Give the right ones with --flat and --dark.",
      );
    }
    const { projections } = scan;
    const row = Math.floor(projections.rows / 2);
    const samples = await projections.read(0, 1, row, row + 1);
    const brightest = Array.from(samples, (value, column) => {
      const at = row * projections.columns + column;
      return (value - (fields.dark[at] ?? 0)) / ((fields.flat[at] ?? 0) - (fields.dark[at] ?? 0));
    }).filter((value) => Number.isFinite(value));
    const high = brightest.sort((a, b) => a - b)[Math.floor(brightest.length * 0.95)] ?? 1;
    if (high > 2 || high < 0.01) {
      return [
        `The brightest transmission of the first projection is ${high.toPrecision(2)} where about 1 is expected: flats of another exposure, or data that are corrected already (then: --data transmission)?`,
      ];
    }
    return [];
  }
}

import { ReconError } from "../errors/recon-error.js";
import type { Stage } from "../progress/progress-line.js";
import { SAMPLE_TYPES } from "../scan/frame-stack.js";
import { writeWhole } from "../output/partial-file.js";
import type { ScaleLimits } from "../output/scale-samples.js";
import { getVersion } from "../version.js";
import { alignRows, runBlocks, splitSlabs } from "./block-pipeline.js";
import {
  choosePictureRow,
  chooseRows,
  chooseScale,
  describeCentre,
  makeSetup,
  stageBytes,
  unitName,
} from "./choices.js";
import type { ComputeProtocol, SlabOutput, SlabResult } from "./compute-thread.js";
import { identifyInput } from "./input-identity.js";
import { planMemory } from "./memory-plan.js";
import type { MemoryPlan } from "./memory-plan.js";
import { nameOutputs, prepareOutputs, removePartials } from "./output-files.js";
import type { OutputFiles } from "./output-files.js";
import type { ReaderEvent, ReaderProtocol } from "./reader-thread.js";
import { makeRecord } from "./record.js";
import type { CentreRecord, ReconRecord } from "./record.js";
import { invalidSamplesError } from "./scan-attenuation.js";
import type { ScanSummary } from "./scan-reader.js";
import type { ReconSettings } from "./settings.js";
import type { SlabRequest, SlabSetup } from "./slab-task.js";
import { SlabSums } from "./slab-sums.js";
import { Threads } from "./threads.js";
import type { RemoteThread } from "./thread-call.js";

/** How a caller follows a reconstruction. */
export interface ReconHooks {
  onProgress?(stage: Stage, done: number, total: number): void;
  /** A sentence that the user should read; also in the record. */
  onWarning?(text: string): void;
  /** The scan has been opened and checked, before any work. */
  onScan?(scan: ScanSummary): void;
  onCentre?(centre: CentreRecord): void;
  /** Ends the work: threads stop, finished slices stay, unfinished files go. */
  readonly signal?: AbortSignal;
  /** Written into the record as the command. */
  readonly command?: readonly string[];
}

/**
 * Reconstructs a scan: reads it block by block, runs all stages on worker threads, writes slices and, last, the record.
 *
 * Every file appears under its name only when it is whole. If the work fails or is aborted, finished slices stay and there is no record.
 *
 * @throws {ReconError} with the remedy in `hint`.
 */
export async function reconstruct(settings: ReconSettings, hooks: ReconHooks = {}): Promise<ReconRecord> {
  const files = nameOutputs(settings.output);
  const threads = new Threads();
  try {
    const work = new Reconstruction(settings, files, threads, hooks).run();
    return await (hooks.signal === undefined
      ? work
      : Promise.race([work, rejectOnAbort(hooks.signal, work)]));
  } finally {
    await threads.terminate();
    removePartials(files);
  }
}

function rejectOnAbort(signal: AbortSignal, work: Promise<unknown>): Promise<never> {
  // The work fails when its threads are ended; by then nobody waits for it any more.
  work.catch(() => undefined);
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("Aborted."));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

class Reconstruction {
  readonly #settings: ReconSettings;
  readonly #files: OutputFiles;
  readonly #threads: Threads;
  readonly #hooks: ReconHooks;
  readonly #warnings: string[] = [];
  readonly #started = new Date();
  readonly #sums = new SlabSums();

  constructor(settings: ReconSettings, files: OutputFiles, threads: Threads, hooks: ReconHooks) {
    this.#settings = settings;
    this.#files = files;
    this.#threads = threads;
    this.#hooks = hooks;
  }

  async run(): Promise<ReconRecord> {
    const settings = this.#settings;
    const laps = [performance.now()];
    const reader = this.#threads.startReader(({ stage, done, total }) =>
      this.#hooks.onProgress?.(stage, done, total),
    );
    const scan = await reader.call("open", settings);
    const [problem] = scan.problems;
    if (problem !== undefined) throw ReconError.fromRecord(problem);
    this.#warn(scan.warnings);
    const rows = chooseRows(settings.rows, scan);
    const valueScale = chooseScale(settings, scan);
    const computed = alignRows({ firstRow: rows.first, lastRow: rows.last }, scan.rows);
    const plan = planMemory(
      {
        angles: scan.projections,
        columns: scan.columns,
        detectorRows: scan.rows,
        rows: computed.lastRow - computed.firstRow,
        sampleBytes: SAMPLE_TYPES[scan.sampleType].BYTES_PER_ELEMENT,
        wholeFrames: scan.wholeFrames,
        framesPerRead: scan.framesPerRead,
        method: settings.method,
        stageBytes: stageBytes(settings, scan.projections),
        hdf5Output: settings.output.format === "h5",
      },
      settings.workers,
      settings.memoryBytes,
    );
    const pictureRow = choosePictureRow(settings, rows);
    prepareOutputs(this.#files, rows.first, rows.last, settings.output.overwrite);
    this.#hooks.onScan?.(scan);
    laps.push(performance.now());
    const identity = identifyInput(scan.path);
    // Awaited at the end; a failure before that must not bring the process down.
    identity.catch(() => undefined);
    const prepared = await reader.call("prepare", { firstRow: rows.first, lastRow: rows.last });
    this.#warn(prepared.warnings);
    const centre = describeCentre(settings.centre, prepared, scan.columns);
    this.#hooks.onCentre?.(centre);
    laps.push(performance.now());
    const setup = makeSetup(settings, scan, prepared, centre.pixels, valueScale);
    const limits = await this.#work(reader, scan, setup, plan, rows, pictureRow);
    this.#warn(this.#sums.warnings());
    laps.push(performance.now());
    const record = makeRecord({
      settings,
      scan,
      input: await identity,
      centre,
      rows,
      limits,
      laps,
      files: this.#files,
      range: this.#sums,
      warnings: this.#warnings,
      workers: plan.workers,
      started: this.#started,
      command: this.#hooks.command ?? [],
    });
    writeWhole(this.#files.record, [Buffer.from(`${JSON.stringify(record, null, 2)}\n`)]);
    return record;
  }

  #warn(warnings: readonly string[]): void {
    for (const warning of warnings) {
      this.#warnings.push(warning);
      this.#hooks.onWarning?.(warning);
    }
  }

  async #work(
    reader: RemoteThread<ReaderProtocol, ReaderEvent>,
    scan: ScanSummary,
    setup: SlabSetup,
    plan: MemoryPlan,
    rows: { first: number; last: number },
    pictureRow: number | null,
  ): Promise<ScaleLimits | null> {
    const { output } = this.#settings;
    const workers = Array.from({ length: plan.workers }, () => this.#threads.startCompute());
    await Promise.all(workers.map((worker) => worker.call("setUp", setup)));
    const bytes =
      scan.projections * plan.blockRows * scan.columns * SAMPLE_TYPES[scan.sampleType].BYTES_PER_ELEMENT;
    const buffers = Array.from({ length: plan.buffers }, () => new SharedArrayBuffer(bytes));
    const read = async (firstRow: number, lastRow: number, buffer: SharedArrayBuffer): Promise<void> => {
      const { replaced } = await reader.call("read", { firstRow, lastRow, buffer });
      this.#sums.addReplaced(replaced);
    };
    const limits =
      output.sampleType === "float32"
        ? null
        : (output.limits ?? (await this.#findLimits(workers[0], buffers[0], rows, scan.rows, read)));
    const writer =
      this.#files.volume === null ? null : await this.#openVolume(this.#files.volume, scan, rows);
    const total = rows.last - rows.first;
    let done = 0;
    this.#hooks.onProgress?.("reconstruct", 0, total);
    await runBlocks({
      wanted: { firstRow: rows.first, lastRow: rows.last },
      detectorRows: scan.rows,
      blockRows: plan.blockRows,
      buffers,
      workers: plan.workers,
      read: (block, buffer) => read(block.firstRow, block.lastRow, buffer),
      work: async (index, slab) => {
        const request = { ...slab, output: this.#outputOf(slab, limits, pictureRow) };
        const result = await workers[index]?.call("slab", request);
        if (result === undefined) throw new Error(`There is no worker ${index}.`);
        await this.#refuseInvalid(result, reader);
        for (const [lane, slice] of result.slices.entries()) {
          const { buffer } = slice;
          await writer?.call(
            "write",
            { index: slab.firstRow + slab.firstLane - rows.first + lane, slice },
            buffer instanceof ArrayBuffer ? [buffer] : [],
          );
        }
        this.#sums.add(result);
        done += slab.lastLane - slab.firstLane;
        this.#hooks.onProgress?.("reconstruct", done, total);
      },
    });
    await writer?.call("finish", {
      summary: JSON.stringify({ minimum: this.#sums.minimum, maximum: this.#sums.maximum, limits }),
    });
    await reader.call("close", null);
    return limits;
  }

  async #findLimits(
    worker: RemoteThread<ComputeProtocol> | undefined,
    buffer: SharedArrayBuffer | undefined,
    rows: { first: number; last: number },
    detectorRows: number,
    read: (firstRow: number, lastRow: number, buffer: SharedArrayBuffer) => Promise<void>,
  ): Promise<ScaleLimits> {
    if (worker === undefined || buffer === undefined) throw new Error("There is no worker.");
    this.#hooks.onProgress?.("limits", 0, 1);
    const middle = Math.floor((rows.first + rows.last) / 2);
    const block = alignRows({ firstRow: middle, lastRow: middle + 1 }, detectorRows);
    await read(block.firstRow, block.lastRow, buffer);
    const [slab] = splitSlabs(block, buffer, { firstRow: rows.first, lastRow: rows.last });
    if (slab === undefined) throw new Error("There are no rows.");
    const { limits } = await worker.call("limits", slab);
    this.#hooks.onProgress?.("limits", 1, 1);
    return limits;
  }

  async #openVolume(path: string, scan: ScanSummary, rows: { first: number; last: number }) {
    const { output, per, method, iterations, window, padding, maskRatio, ringWidth, stripeWidth } =
      this.#settings;
    const writer = this.#threads.startWriter();
    await writer.call("create", {
      path,
      volume: {
        rows: rows.last - rows.first,
        firstRow: rows.first,
        size: scan.columns,
        sampleType: output.sampleType,
        unit: unitName(per),
        parameters: JSON.stringify({
          method,
          iterations,
          window,
          padding,
          maskRatio,
          ringWidth,
          stripeWidth,
          command: this.#hooks.command ?? [],
        }),
        version: getVersion(),
        inputPath: scan.path,
        date: this.#started.toISOString(),
      },
    });
    return writer;
  }

  #outputOf(slab: SlabRequest, limits: ScaleLimits | null, pictureRow: number | null): SlabOutput {
    const lane = pictureRow === null ? -1 : pictureRow - slab.firstRow;
    const { picture } = this.#files;
    return {
      limits,
      paths:
        this.#files.volume === null
          ? Array.from({ length: slab.lanes }, (_, i) => this.#files.slice(slab.firstRow + i))
          : null,
      software: `scarf-recon ${getVersion()}`,
      unit: unitName(this.#settings.per),
      picture: picture !== null && lane >= 0 && lane < slab.lanes ? { path: picture, lane } : null,
    };
  }

  async #refuseInvalid(
    { report }: SlabResult,
    reader: RemoteThread<ReaderProtocol, ReaderEvent>,
  ): Promise<void> {
    if (report.firstInvalid === null || this.#settings.fixInvalid) return;
    const { angle, row, column } = report.firstInvalid;
    throw invalidSamplesError(await reader.call("describe", { frame: angle }), row, column);
  }
}

/**
 * Reconstruction of parallel-beam tomography scans: the program `scarf-recon` as a library.
 *
 * The stages are pure functions over slabs of eight detector rows ({@link Slab}); {@link reconstruct} runs them over a whole scan, on threads, in
 * bounded memory.
 * @module
 */
export { findCentre, sourceFromSinograms } from "./centre/find-centre.js";
export type { AttenuationSource, CentreResult } from "./centre/find-centre.js";
export type { Registration } from "./centre/register-opposite.js";
export { inspect } from "./cli/inspect-command.js";
export type { Inspection } from "./cli/inspect-command.js";
export { RECON_ERROR_CODES, ReconError } from "./errors/recon-error.js";
export type { ReconErrorCode, ReconErrorRecord } from "./errors/recon-error.js";
export { makeFft } from "./numerics/fft.js";
export type { Fft } from "./numerics/fft.js";
export { renderPng } from "./output/png.js";
export type { PngOptions } from "./output/png.js";
export { readTiffSlice } from "./output/read-tiff-slice.js";
export type { TiffSlice } from "./output/read-tiff-slice.js";
export { renderTiff } from "./output/tiff-writer.js";
export type { SliceSamples, TiffOptions } from "./output/tiff-writer.js";
export { reconstruct } from "./pipeline/reconstruct.js";
export type { ReconHooks } from "./pipeline/reconstruct.js";
export type { CentreRecord, ReconRecord } from "./pipeline/record.js";
export type { ReconSettings } from "./pipeline/settings.js";
export { parseProgressLine, renderProgressLine } from "./progress/progress-line.js";
export type { Progress, Stage } from "./progress/progress-line.js";
export { openScan } from "./scan/open-scan.js";
export type { FrameStack } from "./scan/frame-stack.js";
export type { Scan, ScanOptions } from "./scan/scan.js";
export { LANES, cutSlab, deinterleave, interleave, makeSlab } from "./slab/slab.js";
export type { Slab } from "./slab/slab.js";
export { minusLog } from "./stages/minus-log.js";
export { makeNormaliser, normalise } from "./stages/normalise.js";
export type { Fields, LaneRange, NormaliseReport, Normaliser, RawRows } from "./stages/normalise.js";
export { removeOutliers } from "./stages/outliers.js";
export { removeRings } from "./stages/ring-removal.js";
export { removeStripesBySorting, sortingBytes } from "./stages/stripe-sorting.js";
export { METHODS, makeReconstructor } from "./stages/reconstructor.js";
export type { Method, ReconstructionOptions, Reconstructor, Slice } from "./stages/reconstructor.js";
export { ENGINES, chooseEngine } from "./kernels/kernel-module.js";
export type { Engine } from "./kernels/kernel-module.js";

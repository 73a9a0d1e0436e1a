export { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";
export {
  type AlgorithmSessions,
  type AlgorithmSettings,
  configureAlgorithm,
} from "./algorithm-environment.js";
export type {
  ActionOf,
  ActionWord,
  AlgorithmAction,
  AlgorithmDeclaration,
  AlgorithmProperty,
  CallInputs,
  CallOutputs,
  PropertyType,
  PropertyValidator,
  PropertyValue,
} from "./algorithm-declaration.js";
export { type Algorithm, type AlgorithmCallOptions, defineAlgorithm } from "./define-algorithm.js";
export type { ReconstructOptions } from "./reconstruct-options.js";
export { reconstructScan } from "./reconstruct-scan.js";
export {
  type FetchedFile,
  type JobProgress,
  type ReconstructionEvent,
  type ReconstructionReport,
  type ReconstructionStage,
  reconstructionStages,
  type RotationCentre,
  type StageTime,
} from "./reconstruction-report.js";

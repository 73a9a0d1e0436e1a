export { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";
export * from "./remote/index.js";
export { algorithms } from "./algorithms.js";
export {
  FileTransactionStore,
  MemoryTransactionStore,
  type TransactionFact,
  type TransactionStore,
} from "./transactions/index.js";
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
  PlainAlgorithmDeclaration,
  PlainInputs,
  PlainOutputs,
  PropertyType,
  PropertyValidator,
  PropertyValue,
} from "./algorithm-declaration.js";
export {
  type Algorithm,
  type AlgorithmCallOptions,
  type AnyAlgorithm,
  defineAlgorithm,
  type PlainAlgorithm,
} from "./define-algorithm.js";
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

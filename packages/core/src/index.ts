export type * from "./model/index.js";
export * from "./errors/index.js";
export type * from "./resources/compute-resource.js";
export { isLoopback } from "./resources/is-loopback.js";
export { LocalResource, type LocalResourceOptions } from "./resources/local/index.js";
export { MantidWebResource, type MantidWebResourceOptions } from "./resources/mantid-web/index.js";
export { SlurmCliResource, type SlurmCliResourceOptions } from "./resources/slurm-cli/index.js";
export {
  type SharedFolder,
  SlurmRestResource,
  type SlurmRestResourceOptions,
  type SlurmTokenSource,
} from "./resources/slurm-rest/index.js";
export { type PacLogin, PacResource, type PacResourceOptions } from "./resources/pac/index.js";
export type * from "./transports/command-transport.js";
export { LocalCommands, type LocalCommandsOptions } from "./transports/process/local-commands.js";
export * from "./transports/ssh/index.js";
export * from "./transfers/index.js";
export * from "./watch/index.js";
export * from "./sessions/index.js";
export * from "./configuration/index.js";
export * from "./applications/index.js";
export * from "./algorithm/index.js";

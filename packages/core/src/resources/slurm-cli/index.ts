export { SlurmCliResource } from "./slurm-cli-resource.js";
export type { SlurmCliResourceOptions } from "./slurm-cli-options.js";

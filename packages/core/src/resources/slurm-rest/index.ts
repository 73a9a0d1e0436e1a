export type { SharedFolder, SlurmRestResourceOptions, SlurmTokenSource } from "./slurm-rest-options.js";
export { SlurmRestResource } from "./slurm-rest-resource.js";

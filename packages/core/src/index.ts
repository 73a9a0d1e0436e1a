export type * from "./model/index.js";
export * from "./errors/index.js";
export type * from "./resources/compute-resource.js";
export * from "./configuration/index.js";
export * from "./transfers/index.js";
export * from "./applications/index.js";
export * from "./algorithm/index.js";
export { LocalResource, type LocalResourceOptions } from "./resources/local/index.js";

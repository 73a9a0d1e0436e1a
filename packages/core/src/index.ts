export type * from "./model/index.js";
export * from "./errors/index.js";
export type * from "./resources/compute-resource.js";
export * from "./configuration/index.js";
export * from "./transfers/index.js";

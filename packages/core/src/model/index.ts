export * from "./application-form.js";
export type * from "./capabilities.js";
export type * from "./files.js";
export type * from "./job.js";
export type * from "./job-spec.js";
export type * from "./job-status.js";
export type * from "./queue.js";
export type * from "./resource-spec.js";

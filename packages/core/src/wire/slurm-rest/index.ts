export * from "./api-versions.js";
export * from "./rest-answer.js";
export * from "./rest-jobs.js";
export * from "./rest-partitions.js";
export * from "./submit-answer.js";
export * from "./submit-body.js";

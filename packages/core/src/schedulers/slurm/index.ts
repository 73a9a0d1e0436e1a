export * from "./job-end.js";
export * from "./job-ids.js";
export * from "./job-states.js";

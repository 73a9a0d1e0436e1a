export { PacResource } from "./pac-resource.js";
export { PacSession } from "./pac-session.js";
export type { PacLogin, PacResourceOptions } from "./pac-options.js";
export type { PacJobsQuery } from "./pac-jobs.js";

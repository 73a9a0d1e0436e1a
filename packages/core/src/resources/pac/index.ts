export { PacResource } from "./pac-resource.js";
export type { PacLogin, PacResourceOptions } from "./pac-options.js";

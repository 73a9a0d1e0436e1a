export type { MantidWebResourceOptions } from "./mantid-web-options.js";
export { MantidWebResource } from "./mantid-web-resource.js";

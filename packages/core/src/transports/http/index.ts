export { HttpClient } from "./http-client.js";
export { isHtml, summarisePage } from "./error-page.js";
export type * from "./http-types.js";

/** What the tests of several packages need: `scarf-tomo/testing`, which is not published. */
export * from "./certificates.js";
export * from "./fuzz-runs.js";
export * from "./find-free-port.js";
export * from "./override.js";

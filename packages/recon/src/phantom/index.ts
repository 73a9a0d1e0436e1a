/**
 * A phantom with a known answer, and scans of it as a beamline would write them: for tests, demos and benchmarks.
 * @module
 */
export { PHANTOM } from "./ellipses.js";
export type { Ellipsoid } from "./ellipses.js";
export { makePhantomScan, phantomSlice } from "./phantom-scan.js";
export type { PhantomOptions, PhantomScan } from "./phantom-scan.js";
export { writePhantomScan } from "./write-phantom-scan.js";
export type { WritePhantomOptions } from "./write-phantom-scan.js";

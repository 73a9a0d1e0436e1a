// The kernels: everything that the program's WebAssembly exports. What each works on, and why it looks as it does, is told in its file;
// a readable twin of each in plain TypeScript is named there.
export { backProject, filterPairs } from "./back-project";
export { transformRow } from "./fft";
export { filterRays, spreadRays, transformColumns, transformRows } from "./gridrec";
export { minusLog, normaliseRow, splitPictures, subtractRow, sumRows } from "./prepare";
export {
  addWeighted,
  combine,
  mirrorLines,
  projectLines,
  spreadLines,
  sumSquares,
  weighResidual,
} from "./project";
export { smoothSorted, startSorting } from "./stripe-sorting";

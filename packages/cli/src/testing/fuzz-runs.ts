/**
 * How often a property is tried, for `fc.assert`: a hundred times in `npm test`, a million times in `npm run fuzz`
 * (`SCARF_FUZZ_RUNS` says another number).
 * @param share - of the million, for a property whose every run is costly.
 */
export function fuzzRuns(share = 1): { readonly numRuns: number } {
  const asked = Number(process.env["SCARF_FUZZ_RUNS"]);
  return {
    numRuns: asked > 0 ? Math.ceil(asked * share) : Math.max(20, Math.ceil(100 * Math.min(1, share * 4))),
  };
}

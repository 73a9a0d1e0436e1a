import { defineConfig } from "vitest/config";

const reportFile = process.env.SCARF_TEST_REPORT;
// Read by the property tests: `npm test` runs each property a few hundred times, `npm run fuzz` a million times.
process.env.SCARF_FUZZ_RUNS ??= "1000000";

export default defineConfig({
  test: {
    include: ["{packages/*,testkit}/dist/**/*.fuzz.test.js"],
    testTimeout: 0,
    hookTimeout: 60_000,
    pool: "forks",
    server: { deps: { external: [/\/dist\/(?!.*\.test\.js$)/] } },
    ...(reportFile && { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});

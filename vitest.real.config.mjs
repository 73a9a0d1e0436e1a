import { defineConfig } from "vitest/config";

const reportFile = process.env.SCARF_TEST_REPORT;

// Tests against programs that npm does not bring (Python's httplib2 …) and long soak runs.
// `.ci/run` installs what they need. A missing program fails the test; it is never skipped.
export default defineConfig({
  test: {
    include: ["{packages/*,testkit,examples}/dist/**/*.real.test.js"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: "forks",
    ...(reportFile && { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});

import { defineConfig } from "vitest/config";

// Tests against programs that npm does not bring (Python's httplib2, Chromium, Slurm …) and long soak runs.
// `.ci/run` installs what they need. A missing program fails the test; it is never skipped.
export default defineConfig({
  test: {
    include: ["{packages/*,testkit,examples}/dist/**/*.real.test.js"],
    testTimeout: 600_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    pool: "forks",
  },
});

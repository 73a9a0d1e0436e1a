import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const reportFile = process.env.SCARF_TEST_REPORT;

// Tests run as compiled, in dist: what is tested is what ships, and a test that starts the engine, the
// gateway or a worker starts the same files. `npm run build` always comes first (see package.json).
export default defineConfig({
  test: {
    include: ["{packages/*,testkit,examples,bench}/dist/**/*.test.js"],
    exclude: ["**/node_modules/**", "**/*.{real,cluster}.test.js"],
    // Far above what any test needs: only a hang shall meet it, never a busy machine.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    setupFiles: ["scripts/repeat-properties.mjs"],
    pool: "forks",
    // Most tests wait for jobs and servers of theirs, so three go on at once even on two cores.
    maxWorkers: Math.max(3, availableParallelism()),
    // Modules under test are loaded by Node itself, as they are when they ship, and not by Vite: it costs less, too.
    // Loading the library anew for each file would cost a third of all processor time. What a test changes for the
    // whole process (the algorithm's settings, an environment variable) it takes back itself.
    isolate: false,
    server: { deps: { external: [/\/dist\/(?!.*\.test\.js$)/] } },
    ...(reportFile && { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});

import { defineConfig } from "vitest/config";

const reportFile = process.env.SCARF_TEST_REPORT;

// Tests against a real Slurm with slurmrestd and sshd, which the set-up starts, or which SCARF_CLUSTER names
// (the path that `npm run cluster:up` prints). Without one they fail; they are never skipped.
export default defineConfig({
  test: {
    include: ["{packages/*,testkit,examples}/dist/**/*.cluster.test.js"],
    globalSetup: ["testkit/dist/cluster/global-setup.js"],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    // They share the cluster's processors and daemons, some of which they end.
    fileParallelism: false,
    pool: "forks",
    server: { deps: { external: [/\/dist\/(?!.*\.test\.js$)/] } },
    ...(reportFile && { reporters: ["default", "json"], outputFile: { json: reportFile } }),
  },
});

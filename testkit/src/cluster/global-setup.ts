import { getDescriptionFile } from "./cluster-description.js";
import { startCluster } from "./start-cluster.js";

/** For vitest.cluster.config.mjs: one cluster for all test files, unless SCARF_CLUSTER names one that is up already. */
export default async function setUp(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["SCARF_CLUSTER"]) return undefined;
  const cluster = await startCluster({ report: (line) => console.log(line) });
  const { root, startSeconds, versions } = cluster.description;
  console.log(`Slurm ${versions.slurm} is up in ${root} after ${startSeconds.toFixed(1)} s.`);
  process.env["SCARF_CLUSTER"] = getDescriptionFile(root);
  return async () => {
    delete process.env["SCARF_CLUSTER"];
    await cluster.stop();
  };
}

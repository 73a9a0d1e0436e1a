import { Cluster } from "./cluster.js";
import { readDescription } from "./cluster-description.js";

/**
 * The cluster that these tests run on: the one whose `cluster.json` the variable SCARF_CLUSTER names; `npm run test:cluster` starts one and sets it.
 * @throws there is none: asked for and absent fails, and is never skipped.
 */
export async function useCluster(): Promise<Cluster> {
  const file = process.env["SCARF_CLUSTER"];
  if (file === undefined || file === "")
    throw new Error(
      "This test needs a cluster: npm run test:cluster; or npm run cluster:up, and the path it prints in SCARF_CLUSTER.",
    );
  return new Cluster(await readDescription(file));
}

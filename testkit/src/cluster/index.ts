export { Cluster, type DaemonName } from "./cluster.js";
export type { ClusterDescription, ClusterPorts, ClusterUser } from "./cluster-description.js";
export type { ClusterOptions } from "./cluster-options.js";
export type { Ended, RunProgramOptions } from "./run-program.js";
export { type OwnCluster, startCluster } from "./start-cluster.js";
export { useCluster } from "./use-cluster.js";

/** What one cluster of the testbed should be like. */
export interface ClusterOptions {
  /** Everything it has lies below; made by the start, removed by the stop. All its parents belong to root. @defaultValue one of its own */
  readonly root?: string;
  /** Its ports are counted from here. @defaultValue the first of 16800, 17000, 17200 … whose ports are all free */
  readonly basePort?: number;
  /** Name of the cluster in Slurm. @defaultValue "lab" */
  readonly name?: string;
  /** Computers `n1`, `n2` … with 2 processors each; the second half of them with 2 graphics processors each. @defaultValue 4 */
  readonly nodes?: number;
  /** How long the controller remembers a finished job. @defaultValue 300 */
  readonly minJobAgeSeconds?: number;
  /** Slurm's `PrivateData`, e.g. `jobs,usage`: what users do not see of each other. */
  readonly privateData?: string;
  /** Slurm's `AccountingStorageEnforce`, e.g. `associations,limits,qos`. */
  readonly accountingStorageEnforce?: string;
  /** More lines for slurm.conf, where the last of a name counts. */
  readonly slurmConf?: readonly string[];
  /**
   * `starter`: it ends with this process, however that ends. `until-stopped`: it stays until `cluster:down`.
   * @defaultValue "starter"
   */
  readonly lifetime?: "starter" | "until-stopped";
}

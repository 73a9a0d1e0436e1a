/** What a job needs from the machine. An absent field leaves the choice to the queue. */
export interface ResourceSpec {
  readonly nodes?: number;
  readonly tasksPerNode?: number;
  /** Tasks over all nodes; an alternative to `nodes` × `tasksPerNode`. */
  readonly tasks?: number;
  readonly coresPerTask?: number;
  readonly gpusPerNode?: number;
  readonly memoryPerNodeBytes?: number;
  /** The job is ended when it has run this long (wall clock, suspension included where the scheduler counts it). */
  readonly wallTimeSeconds?: number;
  /** Node features, in the scheduler's own expression syntax. */
  readonly constraint?: string;
  /** No other job on the same nodes. */
  readonly exclusive?: boolean;
}

/** A named line of jobs with its limits. An absent limit means that none is set or known. */
export interface Queue {
  readonly name: string;
  readonly isDefault: boolean;
  readonly acceptsJobs: boolean;
  readonly maxWallTimeSeconds?: number;
  readonly maxNodes?: number;
  readonly totalCores?: number;
  readonly runningJobs?: number;
  readonly queuedJobs?: number;
}

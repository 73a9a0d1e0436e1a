import type { JobId } from "../../model/index.js";

/**
 * Ids are the scheduler's own words; anything else can't be one and is not sent. Nor is 0, by which LSF's commands mean all jobs
 * of the user, nor what they would take for an option.
 */
export function isJobId(id: string): boolean {
  return /^(?!-|0+(?:\[|$))[\w.+@-]+(?:\[\d+\])?$/.test(id);
}

/** Brackets stay raw, as all clients send them; the `+` of a heterogeneous Slurm job must not become a space. */
export function encodeJobId(id: JobId): string {
  return encodeURIComponent(id).replaceAll("%5B", "[").replaceAll("%5D", "]");
}

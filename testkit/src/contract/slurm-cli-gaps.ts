/** What Slurm, or the cluster of the tests, can't do: title of a case → why. */
export const slurmCliGaps: Readonly<Record<string, string>> = {
  "takes a job of several tasks with several cores": "a node of the test cluster has two processors",
  "ends a job whose time is over, and says so":
    "Slurm counts in minutes and looks every half a minute, which is longer than the case waits",
  "ends a job that uses more memory than its limit, or refuses the limit":
    "only cgroups hold a job to its memory, and the test cluster runs without them",
  "runs a finished job again under the same id":
    "Slurm lets a job that it runs again wait for two minutes, which is longer than the case waits",
};

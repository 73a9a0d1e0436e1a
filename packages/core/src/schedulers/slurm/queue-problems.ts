import type { JobSpec, Queue } from "../../model/index.js";
import type { SlurmSpecProblem } from "./sbatch.js";

/**
 * What a partition will never give. Slurm takes such jobs and lets them wait for ever; 24.11 and later say nothing about it.
 * A QoS can lift the limit of time.
 */
export function findQueueProblems(spec: JobSpec, queues: readonly Queue[]): SlurmSpecProblem[] {
  const { queue, resources = {}, qos } = spec;
  const chosen = queues.find(({ name, isDefault }) => (queue === undefined ? isDefault : name === queue));
  if (chosen === undefined) {
    const names = queues.map(({ name }) => name).join(", ");
    return queue === undefined
      ? []
      : [
          rejected(
            "queue",
            `there is no partition ${queue} for you; there ${queues.length === 1 ? "is" : "are"} ${names}`,
          ),
        ];
  }
  const {
    name,
    maxWallTimeSeconds = Infinity,
    maxNodes = Infinity,
    totalCores = Infinity,
    acceptsJobs,
  } = chosen;
  const {
    nodes = 1,
    tasksPerNode = 1,
    tasks = nodes * tasksPerNode,
    coresPerTask = 1,
    wallTimeSeconds = 0,
  } = resources;
  const problems: SlurmSpecProblem[] = [];
  if (!acceptsJobs) problems.push(rejected("queue", `partition ${name} takes no jobs at present`));
  if (wallTimeSeconds > maxWallTimeSeconds && qos === undefined)
    problems.push(
      rejected(
        "resources.wallTimeSeconds",
        `partition ${name} gives at most ${maxWallTimeSeconds / 60} minutes`,
      ),
    );
  if (nodes > maxNodes)
    problems.push(rejected("resources.nodes", `partition ${name} gives at most ${maxNodes} nodes`));
  const cores = Math.max(tasks * coresPerTask, nodes);
  if (cores > totalCores)
    problems.push(
      rejected("resources.tasks", `${cores} cores are more than partition ${name} has (${totalCores})`),
    );
  return problems;
}

function rejected(field: string, message: string): SlurmSpecProblem {
  return { field, message, severity: "refused", code: "SPEC_REJECTED" };
}

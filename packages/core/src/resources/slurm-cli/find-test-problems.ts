import type { JobSpec } from "../../model/index.js";
import { sbatchTest, SlurmRefusal, type SlurmSpecProblem } from "../../schedulers/slurm/index.js";
import type { CallOptions } from "../compute-resource.js";
import type { SlurmCliPlan } from "./plan-job.js";
import type { SlurmCliService } from "./slurm-cli-service.js";

/** Slurm's own opinion of a job, without making one. The script goes in by its input, as nothing of the job lies there yet. */
export async function findTestProblems(
  service: SlurmCliService,
  spec: JobSpec,
  { options, script }: SlurmCliPlan,
  call: CallOptions,
): Promise<readonly SlurmSpecProblem[]> {
  const words = options.slice(0, -1).filter((option) => !option.startsWith("--chdir="));
  const command = sbatchTest(words);
  const output = await service.runProgram(command.argv, command.environment, call, script);
  try {
    command.parse(output);
    return [];
  } catch (error) {
    if (!(error instanceof SlurmRefusal)) throw error;
    if (error.kind === "unavailable" || error.kind === "lost" || error.kind === "no-command")
      throw service.unavailable(error);
    const field = findField(error.message, spec);
    return [{ field, message: error.message, severity: "refused", code: "SPEC_REJECTED" }];
  }
}

/** Which field a refusal of sbatch is about, as far as its words tell. */
function findField(said: string, { resources = {} }: JobSpec): string {
  // "Requested node configuration is not available" is said of all of them.
  const asked = (["gpusPerNode", "constraint", "memoryPerNodeBytes", "nodes"] as const).find(
    (field) => resources[field] !== undefined,
  );
  const words: readonly (readonly [RegExp, string])[] = [
    [/partition/i, "queue"],
    [/account/i, "account"],
    [/qos/i, "qos"],
    [/reservation/i, "reservation"],
    [/feature|constraint/i, "resources.constraint"],
    [/--time|time limit/i, "resources.wallTimeSeconds"],
    [/memory/i, "resources.memoryPerNodeBytes"],
    [/gres|gpu/i, "resources.gpusPerNode"],
    [/node configuration/i, asked === undefined ? "resources" : `resources.${asked}`],
    [/array/i, "array.indices"],
    [/depend/i, "dependencies"],
    [/unrecognized option|invalid option/i, "nativeOptions"],
  ];
  return words.find(([pattern]) => pattern.test(said))?.[1] ?? "resources";
}

import { SchedulerError } from "../../errors/index.js";
import type { SlurmRefusal } from "../../schedulers/slurm/index.js";
import { sentence, type Who } from "../session-errors.js";
import { specRejected } from "../slurm-refusals.js";

/** What sbatch said when it made no job. */
export function submitRefused(who: Who, refusal: SlurmRefusal): Error {
  const { resourceId } = who;
  const said = refusal.message === "" ? "it gave no reason" : refusal.message;
  if (refusal.kind === "quota")
    return new SchedulerError("QUOTA_EXCEEDED", `${resourceId} takes no more jobs now: ${sentence(said)}`, {
      hint: "Wait until some of your jobs have ended, then submit again. No job was created.",
      context: { resource: resourceId, said },
    });
  return specRejected(who, said);
}

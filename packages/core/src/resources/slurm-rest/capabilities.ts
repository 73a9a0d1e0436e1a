import type { Capabilities } from "../../model/index.js";
import type { SlurmRestResourceOptions } from "./slurm-rest-options.js";

/** What sessions of a resource with these options can do. */
export function getCapabilities({ token, sharedFolder }: SlurmRestResourceOptions): Capabilities {
  const hasFiles = sharedFolder !== undefined;
  return {
    password: token === undefined || token.kind === "given",
    applicationForms: false,
    arrays: true,
    dependencies: true,
    hold: true,
    // By SIGSTOP and SIGCONT; what `scontrol suspend` does is for operators only and not in the interface.
    suspend: true,
    requeue: false,
    beginAt: true,
    queues: true,
    userCommands: false,
    // Two processes with one key find each other in the shared folder. Without it only the job list tells, which is late.
    submitOnce: hasFiles,
    preciseOutcomes: true,
    fileBrowsing: hasFiles,
    byteRanges: hasFiles,
    exclusiveWrite: hasFiles,
    checksums: hasFiles,
  };
}

import { renderSlurmJobId, type SlurmJobRef } from "./job-ids.js";
import { requireSuccess, type SlurmCommand, SlurmRefusal } from "./slurm-command.js";

const environment = { LC_ALL: "C.UTF-8" } as const;

/** Whether something was done; scancel says nothing of what was not there to be ended, and scontrol ends with 1. */
export type SlurmChange = "done" | "already-finished";

/** Ends a job, or sends it a signal, to all its processes. */
export function scancel(ref: SlurmJobRef, signal?: string): SlurmCommand<SlurmChange> {
  return {
    // With -v it tells what it could not do, and ends with 0 nevertheless.
    argv: [
      "scancel",
      "-v",
      ...(signal === undefined ? [] : [`--signal=${signal.replace(/^SIG/, "")}`, "--full"]),
      renderSlurmJobId(ref),
    ],
    environment,
    parse(output) {
      const said = output.stderr
        .split("\n")
        .filter((line) => /error/i.test(line))
        .join("\n");
      if (output.exitCode === 0 && said === "") return "done";
      const refusal = new SlurmRefusal({ ...output, stderr: said === "" ? output.stderr : said });
      if (refusal.kind === "already-finished") return "already-finished";
      throw refusal;
    },
  };
}

/** What scontrol does to a job. */
export type ScontrolVerb = "hold" | "release" | "requeue" | "suspend" | "resume";

export function scontrol(verb: ScontrolVerb, ref: SlurmJobRef): SlurmCommand<void> {
  return { argv: ["scontrol", verb, renderSlurmJobId(ref)], environment, parse: requireSuccess };
}

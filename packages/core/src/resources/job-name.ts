import { basename } from "node:path";
import type { JobSpec } from "../model/index.js";

/** The name shown in lists: the spec's, or made of its task. */
export function getJobName({ name, task }: JobSpec): string {
  if (name !== undefined) return name;
  switch (task.kind) {
    case "command":
      return basename(task.argv[0]) || "job";
    case "shell":
      return /^\s*([\w./-]+)/.exec(task.commandLine)?.[1]?.split("/").pop() || "job";
    case "script":
      return "script";
    default:
      return task.application;
  }
}

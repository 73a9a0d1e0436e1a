import type { Queue } from "../../model/index.js";
import { requireSuccess, type SlurmCommand } from "./slurm-command.js";

/** Slurm's partitions, with their limits. */
export function showPartitions(): SlurmCommand<readonly Queue[]> {
  return {
    argv: ["scontrol", "--oneliner", "show", "partition"],
    environment: { LC_ALL: "C.UTF-8" },
    parse(output) {
      requireSuccess(output);
      return output.stdout.split("\n").flatMap((line) => readPartition(line) ?? []);
    },
  };
}

/** How many jobs run and wait in each partition, of all users whose jobs may be seen. */
export function countJobs(): SlurmCommand<
  ReadonlyMap<string, { readonly running: number; readonly queued: number }>
> {
  return {
    argv: ["squeue", "--noheader", "--array", "--states=PENDING,RUNNING", "--format=%T|%P"],
    environment: { LC_ALL: "C.UTF-8" },
    parse(output) {
      requireSuccess(output);
      const counts = new Map<string, { running: number; queued: number }>();
      for (const line of output.stdout.split("\n")) {
        const [, state, partitions = ""] = /^(\w+)\|(.+)$/.exec(line.trim()) ?? [];
        // A job may wait for several at once.
        for (const name of partitions === "" ? [] : partitions.split(",")) {
          const count = counts.get(name) ?? { running: 0, queued: 0 };
          counts.set(name, count);
          if (state === "RUNNING") count.running += 1;
          else count.queued += 1;
        }
      }
      return counts;
    },
  };
}

function readPartition(line: string): Queue | undefined {
  const fields = new Map(
    line
      .trim()
      .split(/\s+/)
      .flatMap((word) => {
        const equals = word.indexOf("=");
        return equals < 0 ? [] : [[word.slice(0, equals), word.slice(equals + 1)] as const];
      }),
  );
  const name = fields.get("PartitionName");
  if (name === undefined || name === "") return undefined;
  const maxWallTimeSeconds = parseSlurmDuration(fields.get("MaxTime") ?? "");
  const maxNodes = readCount(fields.get("MaxNodes"));
  const totalCores = readCount(fields.get("TotalCPUs"));
  return {
    name,
    isDefault: fields.get("Default") === "YES",
    acceptsJobs: fields.get("State") === "UP",
    ...(maxWallTimeSeconds !== undefined && { maxWallTimeSeconds }),
    ...(maxNodes !== undefined && { maxNodes }),
    ...(totalCores !== undefined && { totalCores }),
  };
}

/** `7-00:00:00`, `1:00:00`, `30:00`, `30`; undefined: there is no limit. */
export function parseSlurmDuration(text: string): number | undefined {
  const [, days, clock = ""] = /^(?:(\d{1,6})-)?(\d{1,8}(?::\d{1,2}){0,2})$/.exec(text) ?? [];
  if (clock === "") return undefined;
  const parts = clock.split(":").map(Number);
  const [first = 0, second = 0, third = 0] = parts;
  if (days !== undefined) return Number(days) * 86_400 + first * 3_600 + second * 60 + third;
  if (parts.length === 3) return first * 3_600 + second * 60 + third;
  return first * 60 + second;
}

function readCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined;
}

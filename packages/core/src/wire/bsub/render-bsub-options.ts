import type { Dependency, JobSpec, Notification, ResourceSpec, SpecProblem } from "../../model/index.js";

/** Who reads the options. */
export interface BsubDialect {
  /**
   * The options go to our gateway, which reads seconds in `-W 90s` and instants in `-b 2026-02-12T12:00:00Z`. LSF itself
   * knows minutes only, and times of its own clock.
   */
  readonly gateway: boolean;
}

/** What became of a job spec in bsub's words. */
export interface BsubOptions {
  /** Words, unquoted. */
  readonly words: readonly string[];
  /** What can't be said in bsub options, or only roughly. */
  readonly problems: readonly SpecProblem[];
}

const conditionWords: Readonly<Record<Dependency["condition"], string>> = {
  started: "started",
  ended: "ended",
  succeeded: "done",
  failed: "exit",
};

/**
 * What a form has no field for, as options of LSF's `bsub`. Task, environment, paths, name and attachments are the
 * caller's; only an array brings the name with it (`-J name[1-10]%5`). Queue and wall time are here because only some forms have fields for them.
 */
export function renderBsubOptions(spec: JobSpec, { gateway }: BsubDialect): BsubOptions {
  const words: string[] = [];
  const problems: SpecProblem[] = [];
  if (spec.array !== undefined) {
    const limit = spec.array.maxRunning === undefined ? "" : `%${spec.array.maxRunning}`;
    words.push("-J", `${spec.name ?? "array"}[${spec.array.indices}]${limit}`);
  }
  if (spec.queue !== undefined) words.push("-q", spec.queue);
  if (spec.account !== undefined) words.push("-P", spec.account);
  if (spec.qos !== undefined) {
    words.push("-sla", spec.qos);
    problems.push(emulated("qos", "sent as LSF's service class (-sla)"));
  }
  if (spec.reservation !== undefined) words.push("-U", spec.reservation);
  words.push(...renderResources(spec.resources ?? {}, gateway, problems));
  if (spec.dependencies !== undefined && spec.dependencies.length > 0) {
    words.push(
      "-w",
      spec.dependencies.map((one) => `${conditionWords[one.condition]}(${one.jobId})`).join(" && "),
    );
  }
  if (spec.beginAt !== undefined) {
    const instant = Number.isNaN(spec.beginAt.getTime()) ? "" : spec.beginAt.toISOString();
    if (gateway) words.push("-b", instant);
    else
      problems.push(
        refused("beginAt", "LSF counts begin times on its own clock, whose zone this service does not tell"),
      );
  }
  if (spec.hold === true) words.push("-H");
  if (spec.requeueable !== undefined) words.push(spec.requeueable ? "-r" : "-rn");
  if (spec.priority !== undefined) words.push("-sp", String(spec.priority));
  words.push(...renderNotification(spec.notification));
  words.push(...(spec.nativeOptions ?? []));
  return { words, problems };
}

function renderResources(spec: ResourceSpec, gateway: boolean, problems: SpecProblem[]): string[] {
  const words: string[] = [];
  const requirement: string[] = [];
  const perNode = spec.tasksPerNode ?? (spec.nodes !== undefined && spec.tasks === undefined ? 1 : undefined);
  const tasks = spec.tasks ?? (spec.nodes === undefined ? perNode : spec.nodes * (perNode ?? 1));
  if (tasks !== undefined) words.push("-n", String(tasks));
  if (spec.constraint !== undefined) requirement.push(`select[${spec.constraint}]`);
  if (spec.memoryPerNodeBytes !== undefined) {
    requirement.push(`rusage[mem=${Math.ceil(spec.memoryPerNodeBytes / 1_048_576)}]`);
  }
  const span =
    perNode ?? (spec.nodes === undefined || tasks === undefined ? undefined : Math.ceil(tasks / spec.nodes));
  if (span !== undefined) requirement.push(`span[ptile=${span}]`);
  if (perNode === undefined && span !== undefined && spec.nodes !== undefined && tasks !== undefined) {
    if (tasks % spec.nodes !== 0) {
      const message = `said as at most ${span} tasks per node, which LSF may take for ${Math.ceil(tasks / span)} nodes`;
      problems.push(emulated("resources.nodes", message));
    }
  }
  if (spec.coresPerTask !== undefined) requirement.push(`affinity[core(${spec.coresPerTask})]`);
  if (requirement.length > 0) words.push("-R", requirement.join(" "));
  if (spec.gpusPerNode !== undefined) words.push("-gpu", `num=${spec.gpusPerNode}`);
  if (spec.exclusive === true) words.push("-x");
  if (spec.wallTimeSeconds !== undefined) {
    words.push("-W", gateway ? `${spec.wallTimeSeconds}s` : String(Math.ceil(spec.wallTimeSeconds / 60)));
    if (!gateway && spec.wallTimeSeconds % 60 !== 0) {
      problems.push(emulated("resources.wallTimeSeconds", "rounded up to whole minutes, as LSF counts it"));
    }
  }
  return words;
}

function renderNotification(notification: Notification | undefined): string[] {
  if (notification === undefined) return [];
  const { events, address } = notification;
  const words: string[] = [];
  if (events.includes("started")) words.push("-B");
  if (events.includes("ended")) words.push("-N");
  else if (events.includes("failed")) words.push("-notify", "exit");
  if (address !== undefined) words.push("-u", address);
  return words;
}

function emulated(field: string, message: string): SpecProblem {
  return { field, message, severity: "emulated" };
}

function refused(field: string, message: string): SpecProblem {
  return { field, message, severity: "refused" };
}

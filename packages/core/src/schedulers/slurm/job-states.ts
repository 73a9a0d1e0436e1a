import type { JobOutcome } from "../../model/index.js";

/** What one word of Slurm's says of a job. */
export type SlurmMeaning =
  | { readonly phase: "queued" | "held" | "running" | "suspended" }
  | { readonly phase: "finished"; readonly outcome: JobOutcome }
  | { readonly phase: "unknown"; readonly why: "no-evidence" | "unrecognised" };

/** A word that a job has exactly one of. */
export interface SlurmBaseState {
  readonly kind: "base";
  /** As `squeue -o %t` writes it and `sacct --state` takes it. */
  readonly code: string;
  readonly means: SlurmMeaning;
}

/** A word that may stand beside a base state; `squeue -o %T` shows it instead. */
export interface SlurmStateFlag {
  readonly kind: "flag";
  /** Absent: squeue has none for it. */
  readonly code?: string;
  /** What it says where it stands alone. */
  readonly means: SlurmMeaning;
  /** Phases of a base state beside it that are not true because of it. */
  readonly overrides: readonly SlurmMeaning["phase"][];
}

const base = (code: string, means: SlurmMeaning): SlurmBaseState => ({ kind: "base", code, means });
const ended = (code: string, outcome: JobOutcome): SlurmBaseState =>
  base(code, { phase: "finished", outcome });
const flag = (
  code: string | undefined,
  means: SlurmMeaning,
  overrides: readonly SlurmMeaning["phase"][] = [],
): SlurmStateFlag => ({ kind: "flag", ...(code !== undefined && { code }), means, overrides });

const queued = { phase: "queued" } as const;
const held = { phase: "held" } as const;
const running = { phase: "running" } as const;
const suspended = { phase: "suspended" } as const;
const unrecognised = { phase: "unknown", why: "unrecognised" } as const;

/**
 * Every word that a job's state has had in Slurm 17.11 to 26.05 (`slurm.h`, squeue(1), sacct(1), slurmrestd's schemas). Of several
 * flags the first in this order that says something decides.
 */
export const slurmStates: Readonly<Record<string, SlurmBaseState | SlurmStateFlag>> = {
  PENDING: base("PD", queued),
  RUNNING: base("R", running),
  SUSPENDED: base("S", suspended),
  COMPLETED: ended("CD", "succeeded"),
  CANCELLED: ended("CA", "cancelled"),
  FAILED: ended("F", "failed"),
  TIMEOUT: ended("TO", "timed-out"),
  NODE_FAIL: ended("NF", "node-failure"),
  PREEMPTED: ended("PR", "preempted"),
  BOOT_FAIL: ended("BF", "node-failure"),
  DEADLINE: ended("DL", "timed-out"),
  OUT_OF_MEMORY: ended("OOM", "out-of-memory"),
  // Another cluster of a federation has started it: what became of it there can't be said here.
  REVOKED: flag("RV", { phase: "unknown", why: "no-evidence" }, [
    "queued",
    "held",
    "running",
    "suspended",
    "finished",
  ]),
  REQUEUE_HOLD: flag("RH", held, ["queued", "running", "finished"]),
  SPECIAL_EXIT: flag("SE", held, ["queued", "running", "finished"]),
  RESV_DEL_HOLD: flag("RD", held, ["queued", "running", "finished"]),
  REQUEUED: flag("RQ", queued, ["running", "finished"]),
  REQUEUE_FED: flag("RF", queued, ["running", "finished"]),
  // Processes may still run, or bytes still travel: whatever the base says of the end, it has not come.
  COMPLETING: flag("CG", running, ["finished"]),
  STAGE_OUT: flag("SO", running, ["finished"]),
  // It has nodes, which are not there yet: nothing of it runs.
  CONFIGURING: flag("CF", queued, ["running"]),
  POWER_UP_NODE: flag(undefined, queued, ["running"]),
  STOPPED: flag("ST", suspended, ["running"]),
  RESIZING: flag("RS", running),
  SIGNALING: flag("SI", running),
  // These say something of the way, and nothing of where the job is.
  LAUNCH_FAILED: flag(undefined, unrecognised),
  RECONFIG_FAIL: flag(undefined, unrecognised),
  UPDATE_DB: flag(undefined, unrecognised),
  EXPEDITING: flag(undefined, queued),
};

/** What a job's state words say together, the reason why it waits included. */
export function explainSlurmState(words: readonly string[], reason = ""): SlurmMeaning {
  const states = words.map((word) => getState(word));
  const own = states.find((state) => state?.kind === "base");
  const flags = Object.values(slurmStates).filter(
    (state): state is SlurmStateFlag => state.kind === "flag" && states.includes(state),
  );
  const decisive = flags.find(({ overrides }) => own === undefined || overrides.includes(own.means.phase));
  const means = decisive?.means ?? own?.means ?? unrecognised;
  // A word that is new beside one of an end may say that the end is none.
  if (means.phase === "finished" && states.includes(undefined)) return unrecognised;
  return means.phase === "queued" && isHeldBy(reason) ? held : means;
}

/** Whether a reason says that somebody, or Slurm itself, holds the job back until it is released. */
function isHeldBy(reason: string): boolean {
  return /^(?:JobHeld|JobHoldMaxRequeue|launch[ _]failed[ _]requeued[ _]held)/i.test(reason);
}

function getState(word: string): SlurmBaseState | SlurmStateFlag | undefined {
  return Object.hasOwn(slurmStates, word) ? slurmStates[word] : undefined;
}

/** A state as the commands print it. */
export interface SlurmStateText {
  readonly words: readonly string[];
  /** The number of the user who ended it (`CANCELLED by 2001`). */
  readonly endedByUser?: number;
}

/** Reads what squeue, sacct and scontrol print: `RUNNING`, `CANCELLED by 2001`, `CANCELLED+` (cut by sacct), `PENDING,REQUEUED`. */
export function parseSlurmState(text: string): SlurmStateText {
  const [, state = text, user] = /^(.*?)(?:\+| by (\d{1,10}))?$/s.exec(text.trim()) ?? [];
  const words = state.split(/[,+]/).flatMap((word) => word.trim().toUpperCase() || []);
  return { words, ...(user !== undefined && { endedByUser: Number(user) }) };
}

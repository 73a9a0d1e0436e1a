import type { Job, JobStatus } from "scarf-tomo";
import { renderSafeLine } from "./terminal/safe-text.js";
import { paint } from "./terminal/style.js";

/** E.g. `running`, `failed (exit code 3)`, `unknown (not listed any more)`: never more certain than the evidence. */
export function renderStatus(status: JobStatus): string {
  switch (status.phase) {
    case "finished": {
      if (status.signal !== undefined) return `${status.outcome} (${renderSafeLine(status.signal)})`;
      const tellsMore =
        status.exitCode !== undefined && (status.exitCode !== 0 || status.outcome !== "succeeded");
      return tellsMore ? `${status.outcome} (exit code ${status.exitCode})` : status.outcome;
    }
    case "unknown":
      return `unknown (${unknownReasons[status.why]})`;
    default:
      return status.phase;
  }
}

const unknownReasons = {
  "not-listed": "not listed",
  unreachable: "could not ask",
  unrecognised: "unrecognised word",
  "no-evidence": "gone without a trace of how it ended",
} as const;

/** The same in colour for standard output, where colour may go. */
export function paintStatus(status: JobStatus, text: string): string {
  const style = getStyle(status);
  return style === undefined ? text : paint(process.stdout, style, text);
}

function getStyle(status: JobStatus): "green" | "red" | "yellow" | "cyan" | undefined {
  switch (status.phase) {
    case "finished":
      return status.outcome === "succeeded" ? "green" : "red";
    case "unknown":
      return "yellow";
    case "running":
      return "cyan";
    default:
      return undefined;
  }
}

/** The documented JSON of a job: the status's fields lie beside the job's own. */
export function toJobDocument({ status, ...job }: Job): object {
  return { ...job, ...toStatusDocument(status) };
}

export function toStatusDocument(status: JobStatus): object {
  const { evidence, ...rest } = status;
  return { ...rest, evidence: { source: evidence.source, observedAt: evidence.observedAt } };
}

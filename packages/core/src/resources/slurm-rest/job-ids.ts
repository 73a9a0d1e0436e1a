import type { JobId } from "../../model/index.js";
import type { SlurmRestJob } from "../../wire/index.js";

/** Which records of Slurm an id means. */
export interface SlurmJobRef {
  /** Of a job, or of a whole array. */
  readonly base: number;
  /** Of one element. */
  readonly index?: number;
  /** Of one component of a heterogeneous job. */
  readonly offset?: number;
}

/** `123`, `123_4`, `123[4]`, `123+1`; undefined: no id of Slurm's, and never sent to it. */
export function parseJobRef(id: JobId): SlurmJobRef | undefined {
  const [, base = "", underscore, bracket, offset] =
    /^(\d{1,10})(?:_(\d{1,8})|\[(\d{1,8})\]|\+(\d{1,4}))?$/.exec(id) ?? [];
  const number = Number(base);
  if (base === "" || number === 0 || number > 0xffff_ffff) return undefined;
  const index = underscore ?? bracket;
  return {
    base: number,
    ...(index !== undefined && { index: Number(index) }),
    ...(offset !== undefined && { offset: Number(offset) }),
  };
}

/** As a path of the interface takes it. */
export function renderJobRef({ base, index }: SlurmJobRef): string {
  return index === undefined ? String(base) : `${base}_${index}`;
}

export function isMeant({ base, index, offset }: SlurmJobRef, job: SlurmRestJob): boolean {
  if (index !== undefined) {
    if (job.array?.id !== base) return false;
    return job.array.index === undefined
      ? holdsIndex(job.array.waiting ?? "", index)
      : job.array.index === index;
  }
  if (offset !== undefined) return job.het?.id === base && job.het.offset === offset;
  return job.id === base ? job.array === undefined || job.array.id === base : job.array?.id === base;
}

/** Whether `0-3,7%2` has an index. */
function holdsIndex(waiting: string, index: number): boolean {
  return waiting
    .replace(/%\d+$/, "")
    .split(",")
    .some((part) => {
      const [, first = "", last = first, step = "1"] = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part) ?? [];
      if (first === "") return false;
      return index >= Number(first) && index <= Number(last) && (index - Number(first)) % Number(step) === 0;
    });
}

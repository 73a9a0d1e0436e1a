import type { JobId } from "../../model/index.js";

/** Which records of Slurm an id means. */
export interface SlurmJobRef {
  /** Number of a job, or of a whole array. */
  readonly base: number;
  /** Of one element of the array. */
  readonly index?: number;
  /** The elements that have no record of their own yet: `5-9%2` of `123_[5-9%2]`. */
  readonly waiting?: string;
  /** Of one component of a heterogeneous job. */
  readonly offset?: number;
}

/** Longer lists of waiting elements are cut by Slurm itself (`...`), at 256 characters by default. */
const mostWaitingCharacters = 4_096;

/**
 * Reads `123`, `123_4`, `123+1`, `123_[5-9%2]`, and `123[4]` as LSF's users write it.
 * @returns undefined: this is no id of Slurm's, and must never be sent to it.
 */
export function parseSlurmJobId(id: JobId): SlurmJobRef | undefined {
  if (id.length > mostWaitingCharacters) return undefined;
  const { 1: base = "", 2: suffix = "" } = /^(\d{1,10})(.*)$/s.exec(id) ?? [];
  const number = Number(base);
  if (base === "" || number === 0 || number > 0xffff_ffff) return undefined;
  if (suffix === "") return { base: number };
  const [, underscore, bracket, offset] = /^(?:_(\d{1,8})|\[(\d{1,8})\]|\+(\d{1,4}))$/.exec(suffix) ?? [];
  const index = underscore ?? bracket;
  if (index !== undefined) return { base: number, index: Number(index) };
  if (offset !== undefined) return { base: number, offset: Number(offset) };
  const [, waiting] = /^_\[([\d,:-]+(?:,?\.\.\.)?(?:%\d+)?)\]$/.exec(suffix) ?? [];
  return waiting === undefined ? undefined : { base: number, waiting };
}

/** The id as Slurm's own commands write it. */
export function renderSlurmJobId({ base, index, waiting, offset }: SlurmJobRef): JobId {
  if (index !== undefined) return `${base}_${index}`;
  if (offset !== undefined) return `${base}+${offset}`;
  return waiting === undefined ? String(base) : `${base}_[${waiting}]`;
}

/** Whether the elements `0-3,7:2%2` hold an index. A list that Slurm has cut may hold it, and is not asked twice. */
export function holdsArrayIndex(waiting: string, index: number): boolean {
  return waiting
    .replace(/%\d+$/, "")
    .split(",")
    .some((part) => {
      if (part.endsWith("...")) return true;
      const [, first = "", last = first, step = "1"] = /^(\d+)(?:-(\d+))?(?::(\d+))?$/.exec(part) ?? [];
      if (first === "" || Number(step) === 0) return false;
      return index >= Number(first) && index <= Number(last) && (index - Number(first)) % Number(step) === 0;
    });
}

/** Whether a record with the id `told` is (a part of) what `asked` means. */
export function isSlurmJobPart(asked: SlurmJobRef, told: SlurmJobRef): boolean {
  if (asked.base !== told.base) return false;
  if (asked.index !== undefined)
    return told.waiting === undefined
      ? told.index === asked.index
      : holdsArrayIndex(told.waiting, asked.index);
  if (asked.offset !== undefined) return told.offset === asked.offset;
  return (
    asked.waiting === undefined || told.index === undefined || holdsArrayIndex(asked.waiting, told.index)
  );
}

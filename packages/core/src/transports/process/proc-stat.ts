import { readFileSync } from "node:fs";

/** What `/proc/PID/stat` tells about one process; proc(5) numbers the fields. */
export interface ProcStat {
  readonly pid: number;
  /** `Z` and `X` are processes that have ended already. */
  readonly state: string;
  readonly parentPid: number;
  readonly groupId: number;
  readonly sessionId: number;
  /** Clock ticks after boot; with the pid it names a process for as long as the machine is up. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Reads the line of `/proc/PID/stat`. Undefined for a line that is none. */
export function parseProcStat(line: string): ProcStat | undefined {
  // The command's name stands in parentheses and may itself hold `) R 1 (`, so the last one counts.
  const nameEnd = line.lastIndexOf(")");
  const pid = Number.parseInt(line, 10);
  const [state, ...numbers] = line.slice(nameEnd + 2).split(" ");
  const [parentPid, groupId, sessionId] = numbers.map(Number);
  const startTicks = Number(numbers[18]);
  const residentPages = Number(numbers[20]);
  if (nameEnd < 0 || !state || parentPid === undefined || groupId === undefined || sessionId === undefined)
    return undefined;
  if (![pid, parentPid, groupId, sessionId, startTicks, residentPages].every(Number.isSafeInteger))
    return undefined;
  return { pid, state, parentPid, groupId, sessionId, startTicks, residentPages };
}

/** Undefined when no such process is listed any more, or when it has ended and only waits for its parent to notice. */
export function readProcStat(pid: number): ProcStat | undefined {
  const stat = readAnyProcStat(pid);
  return stat && (stat.state === "Z" || stat.state === "X") ? undefined : stat;
}

/** As `readProcStat`, ended processes included. */
export function readAnyProcStat(pid: number): ProcStat | undefined {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return undefined;
  }
}

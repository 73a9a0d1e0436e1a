import { delimiter } from "node:path";
import { type JobRecord, type JobRef } from "./job-record.js";

/** All that is taken over from the caller: its other variables may hold secrets. */
const inherited = ["PATH", "HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "TZ"] as const;

/** What a program needs to run at all, from the environment of this process. */
export function getBaseEnvironment(extraPath: readonly string[] = []): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of inherited) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  const path = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin";
  environment["PATH"] = [...extraPath, path].join(delimiter);
  return environment;
}

/** A job's whole environment. The names of LSF are what existing scripts ask for. */
export function getJobEnvironment(record: JobRecord, ref: JobRef, mark: string): Record<string, string> {
  return {
    ...record.environment,
    LSB_JOBID: String(ref.number),
    LSB_JOBINDEX: String(ref.index ?? 0),
    LSB_JOBNAME: ref.index === undefined ? record.name : `${record.name}[${ref.index}]`,
    LSB_QUEUE: "local",
    LSB_DJOB_NUMPROC: String(record.cores),
    LS_SUBCWD: record.workingDirectory,
    SCARF_JOB_ID: ref.id,
    SCARF_JOB_DIRECTORY: record.directory,
    SCARF_JOB_MARK: mark,
  };
}

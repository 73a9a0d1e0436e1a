import { parseSlurmExit } from "./job-end.js";
import { givenOnly, readRecordIds, readSlurmText, readSlurmTime, type SlurmJobRecord } from "./job-record.js";
import { parseSlurmState } from "./job-states.js";
import { readSeparatedRecords } from "./separated-records.js";
import { requireSuccess, type SlurmCommand, slurmEnvironment } from "./slurm-command.js";

// `--json` of 22.05 and 23.02 tells every exit code as 0.
const columns = [
  "JobID",
  "JobIDRaw",
  "State",
  "ExitCode",
  "Reason",
  "Partition",
  "NodeList",
  "Submit",
  "Start",
  "End",
  "User",
  "Account",
  "WorkDir",
  "Comment",
  "JobName",
] as const;

type Row = Readonly<Record<(typeof columns)[number], string>>;

/** Of these numbers, or those that have ended in a time. */
export type SacctQuery = {
  readonly userName: string;
  /** A text that no name or comment holds. */
  readonly separator: string;
} & (
  | { readonly numbers: readonly number[] }
  | { readonly endedSince: Date }
  | { readonly submittedSince: Date }
);

/** States of ends: with a window on both sides they find jobs that were never eligible to start, too. */
const endStates = "BF,CA,CD,DL,F,NF,OOM,PR,TO";

/** Jobs that the accounting has. Of a number that was given twice, the latest. */
export function sacct(query: SacctQuery): SlurmCommand<readonly SlurmJobRecord[]> {
  const { userName, separator } = query;
  return {
    argv: [
      "sacct",
      "--allocations",
      "--parsable2",
      "--noheader",
      `--delimiter=${separator}`,
      `--user=${userName}`,
      ...selection(query),
      `--format=${columns.join(",")}`,
    ],
    environment: slurmEnvironment,
    parse(output) {
      requireSuccess(output);
      const rows = readSeparatedRecords(output.stdout, columns, { separator, atEnd: false });
      return rows.flatMap((row) => readRow(row) ?? []);
    },
  };
}

function selection(query: SacctQuery): readonly string[] {
  if ("numbers" in query) return [`--jobs=${query.numbers.join(",")}`];
  if ("submittedSince" in query) return [`--starttime=${toSlurmTime(query.submittedSince)}`];
  return [`--state=${endStates}`, `--starttime=${toSlurmTime(query.endedSince)}`, "--endtime=now+1days"];
}

/** As Slurm's commands read an instant, in whatever zone they are. */
export function toSlurmTime(time: Date): string {
  return `uts${Math.floor(time.getTime() / 1_000)}`;
}

function readRow(row: Row): SlurmJobRecord | undefined {
  const ids = readRecordIds(row.JobID, row.JobIDRaw);
  if (ids === undefined) return undefined;
  return {
    ...ids,
    state: parseSlurmState(row.State),
    raw: row.State,
    name: row.JobName,
    ...givenOnly({
      reason: readSlurmText(row.Reason),
      exit: parseSlurmExit(row.ExitCode),
      owner: readSlurmText(row.User),
      comment: readSlurmText(row.Comment),
      partition: readSlurmText(row.Partition),
      account: readSlurmText(row.Account),
      submittedAt: readSlurmTime(row.Submit),
      startedAt: readSlurmTime(row.Start),
      endsAt: readSlurmTime(row.End),
      workingDirectory: readSlurmText(row.WorkDir),
      nodes: readSlurmText(row.NodeList),
    }),
  };
}

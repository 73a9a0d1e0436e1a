import { parseWaitStatus } from "./job-end.js";
import { givenOnly, readRecordIds, readSlurmText, readSlurmTime, type SlurmJobRecord } from "./job-record.js";
import { parseSlurmState } from "./job-states.js";
import { readSeparatedRecords } from "./separated-records.js";
import { type SlurmCommand, slurmEnvironment, SlurmRefusal } from "./slurm-command.js";

// Without an own width each column has that of its content. `--json` of 22.05 ignores all filters, and is twenty times as long.
const columns = [
  "JobArrayID",
  "JobID",
  "HetJobID",
  "HetJobOffset",
  "State",
  "Reason",
  "exit_code",
  "Partition",
  "NodeList",
  "SubmitTime",
  "StartTime",
  "EndTime",
  "UserName",
  "Account",
  "WorkDir",
  "STDOUT",
  "STDERR",
  "Comment",
  "Name",
] as const;

type Row = Readonly<Record<(typeof columns)[number], string>>;

export interface SqueueQuery {
  /** Whose jobs. */
  readonly userName: string;
  /** Numbers of jobs and arrays. @defaultValue all of the user */
  readonly numbers?: readonly number[];
  /** A text that no name or comment holds, without `,` and not beginning with a digit or a dot. */
  readonly separator: string;
}

/** Jobs that the controller knows, those included that have ended a short time ago. Numbers that it does not know are left out. */
export function squeue({
  userName,
  numbers,
  separator,
}: SqueueQuery): SlurmCommand<readonly SlurmJobRecord[]> {
  const format = columns.map((column) => `${column}:${separator}`).join(",");
  return {
    argv: [
      "squeue",
      "--noheader",
      "--states=all",
      `--user=${userName}`,
      ...(numbers === undefined ? [] : [`--jobs=${numbers.join(",")}`]),
      `--Format=${format}`,
    ],
    environment: slurmEnvironment,
    parse(output) {
      if (output.exitCode !== 0) {
        const refusal = new SlurmRefusal(output);
        // A single number that is unknown is an error of squeue, several are none.
        if (refusal.kind === "no-such-job") return [];
        throw refusal;
      }
      const rows = readSeparatedRecords(output.stdout, columns, { separator, atEnd: true });
      return rows.flatMap((row) => readRow(row) ?? []);
    },
  };
}

function readRow(row: Row): SlurmJobRecord | undefined {
  const het = readSlurmText(row.HetJobID);
  const isComponent = het !== undefined && het !== "0";
  const id = isComponent ? `${het}+${row.HetJobOffset}` : row.JobArrayID;
  const ids = readRecordIds(id, row.JobID);
  if (ids === undefined) return undefined;
  return {
    ...ids,
    state: parseSlurmState(row.State),
    raw: row.State,
    name: row.Name,
    ...givenOnly({
      reason: readSlurmText(row.Reason),
      exit: parseWaitStatus(row.exit_code),
      owner: readSlurmText(row.UserName),
      comment: readSlurmText(row.Comment),
      partition: readSlurmText(row.Partition),
      account: readSlurmText(row.Account),
      submittedAt: readSlurmTime(row.SubmitTime),
      startedAt: readSlurmTime(row.StartTime),
      endsAt: readSlurmTime(row.EndTime),
      workingDirectory: readSlurmText(row.WorkDir),
      outputPath: readSlurmText(row.STDOUT),
      errorPath: readSlurmText(row.STDERR),
      nodes: readSlurmText(row.NodeList),
    }),
  };
}

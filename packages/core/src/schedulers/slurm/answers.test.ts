import { describe, expect, it } from "vitest";
import { scancel } from "./change-job.js";
import { countJobs, parseSlurmDuration, showPartitions } from "./partitions.js";
import { expandSlurmNodes, expandSlurmPath } from "./output-paths.js";
import { sacct } from "./sacct.js";
import { sbatch, sbatchTest } from "./sbatch.js";
import { SlurmRefusal } from "./slurm-command.js";
import { squeue } from "./squeue.js";

const out = (stdout: string) => ({ exitCode: 0, stdout, stderr: "" });
const failed = (exitCode: number, stderr: string) => ({ exitCode, stdout: "", stderr });
const separator = "~@~";
const kindOf = (parse: () => unknown): string => {
  try {
    parse();
  } catch (error) {
    return error instanceof SlurmRefusal ? error.kind : String(error);
  }
  return "none";
};

// Printed by Slurm 22.05.8.
const queueText = [
  '20~@~20~@~N/A~@~N/A~@~FAILED~@~NonZeroExitCode~@~768~@~debug~@~n1~@~1795625818~@~1795625818~@~1795625819~@~alice~@~science~@~/home/alice~@~/home/alice/x%%j-%j.out~@~/home/alice/x%%j-%j.out~@~key ü "x" | %s~@~a|b c~@~',
  "21~@~21~@~N/A~@~N/A~@~FAILED~@~JobLaunchFailure~@~9~@~debug~@~n1~@~1795625818~@~1795625818~@~1795625820~@~alice~@~science~@~/home/alice~@~/home/alice/slurm-21.out~@~/home/alice/slurm-21.out~@~(null)~@~n\nl~@~",
  "22_[1-3%2]~@~22~@~N/A~@~N/A~@~PENDING~@~JobHeldUser~@~0~@~debug~@~~@~1795625818~@~N/A~@~N/A~@~alice~@~science~@~/home/alice~@~/home/alice/slurm-22.out~@~/home/alice/slurm-22.out~@~(null)~@~wrap~@~",
  "",
].join("\n");
const accountingText = [
  '20~@~20~@~FAILED~@~3:0~@~None~@~debug~@~n1~@~1795625818~@~1795625818~@~1795625819~@~alice~@~science~@~/home/alice~@~key ü "x" | %s~@~a|b c',
  "21~@~21~@~CANCELLED by 2001~@~0:9~@~None~@~debug~@~None assigned~@~1795625818~@~Unknown~@~1795625820~@~alice~@~science~@~/home/alice~@~~@~n\nl",
  "22_[1-3%2]~@~22~@~PENDING~@~0:0~@~None~@~debug~@~None assigned~@~1795625818~@~Unknown~@~Unknown~@~alice~@~science~@~/home/alice~@~~@~wrap",
  "",
].join("\n");

describe("what squeue prints", () => {
  const command = squeue({ userName: "alice", separator });

  it("is read, whatever names and comments hold", () => {
    const jobs = command.parse(out(queueText));
    expect(jobs).toMatchObject([
      {
        ref: { base: 20 },
        raw: "FAILED",
        exit: { exitCode: 3 },
        comment: 'key ü "x" | %s',
        name: "a|b c",
        submittedAt: new Date(1_795_625_818_000),
      },
      { ref: { base: 21 }, exit: { signalNumber: 9 }, name: "n\nl" },
      { ref: { base: 22, waiting: "1-3%2" }, reason: "JobHeldUser" },
    ]);
    expect(jobs[2]).not.toHaveProperty("nodes");
    expect(jobs[2]).not.toHaveProperty("startedAt");
    expect(jobs[1]).not.toHaveProperty("comment");
  });

  it("is read behind a banner, and when it is empty", () => {
    expect(command.parse(out(`Welcome to SCARF!\n${queueText}`))).toHaveLength(3);
    expect(command.parse(out(""))).toEqual([]);
  });

  it("knows parts of heterogeneous jobs", () => {
    const text = queueText.split("\n")[0]?.replace("20~@~20~@~N/A~@~N/A", "20~@~21~@~20~@~1") ?? "";
    expect(command.parse(out(`${text}\n`))).toMatchObject([{ ref: { base: 20, offset: 1 }, number: 21 }]);
  });

  it("is no list when it was cut", () => {
    expect(() => command.parse(out(queueText.slice(0, -60)))).toThrow(RangeError);
    expect(() => command.parse(out("something else\n"))).toThrow(RangeError);
  });

  it("is an empty list where the only number is unknown, and an error where nobody answers", () => {
    expect(command.parse(failed(1, "slurm_load_jobs error: Invalid job id specified\n"))).toEqual([]);
    const away = "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n";
    expect(kindOf(() => command.parse(failed(1, away)))).toBe("unavailable");
    expect(kindOf(() => command.parse(failed(127, "sh: squeue: not found")))).toBe("no-command");
  });
});

describe("what sacct prints", () => {
  const command = sacct({ userName: "alice", separator, numbers: [20, 21, 22] });

  it("is read, whatever names and comments hold", () => {
    expect(command.parse(out(accountingText))).toMatchObject([
      { ref: { base: 20 }, exit: { exitCode: 3 }, comment: 'key ü "x" | %s', name: "a|b c" },
      { ref: { base: 21 }, state: { words: ["CANCELLED"], endedByUser: 2001 }, name: "n\nl" },
      { ref: { base: 22, waiting: "1-3%2" }, state: { words: ["PENDING"] }, name: "wrap" },
    ]);
    expect(command.parse(out(""))).toEqual([]);
  });

  it("is no list when it was cut", () => {
    expect(() => command.parse(out(accountingText.slice(0, -60)))).toThrow(RangeError);
  });

  it("says whether there is accounting at all", () => {
    expect(kindOf(() => command.parse(failed(1, "Slurm accounting storage is disabled\n")))).toBe(
      "no-accounting",
    );
    const away = "sacct: error: Problem talking to the database: Connection refused\n";
    expect(kindOf(() => command.parse(failed(1, away)))).toBe("unavailable");
  });
});

describe("what sbatch prints", () => {
  const { parse } = sbatch([]);

  it("is an id, behind a banner, too, and of this cluster", () => {
    expect(parse(out("51\n"))).toBe("51");
    expect(() => parse(out("53;lab\n"))).toThrow(RangeError);
    expect(parse(out("Welcome!\n54\n"))).toBe("54");
    expect(() => parse(out(""))).toThrow(RangeError);
    expect(() => parse(out("51\nbye\n"))).toThrow(RangeError);
  });

  it("is a refusal with its reason, also where its exit code is that of ssh's failures", () => {
    const said =
      "sbatch: error: invalid partition specified: nope\nsbatch: error: Batch job submission failed: Invalid partition name specified\n";
    expect(() => parse(failed(1, said))).toThrow(
      "invalid partition specified: nope; Batch job submission failed: Invalid partition name specified",
    );
    expect(kindOf(() => parse(failed(255, "sbatch: error: Invalid --time specification")))).toBe("refused");
    const policy =
      "sbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)";
    expect(kindOf(() => parse(failed(1, policy)))).toBe("quota");
    const lost = "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation";
    expect(kindOf(() => parse(failed(1, lost)))).toBe("lost");
    const away =
      "sbatch: error: Batch job submission failed: Unable to contact slurm controller (connect failure)";
    expect(kindOf(() => parse(failed(1, away)))).toBe("unavailable");
  });

  it("is told on stderr by --test-only", () => {
    const said =
      "sbatch: Job 63 to start at 2026-11-23T10:15:53 using 1 processors on nodes n2 in partition debug\n";
    expect(sbatchTest([]).parse({ exitCode: 0, stdout: "", stderr: said })).toBe(
      "Job 63 to start at 2026-11-23T10:15:53 using 1 processors on nodes n2 in partition debug",
    );
  });
});

describe("what scancel prints", () => {
  it("is an error behind exit code 0", () => {
    const { parse, argv } = scancel({ base: 5, index: 3 }, "SIGUSR1");
    expect(argv).toEqual(["scancel", "-v", "--signal=USR1", "--full", "5_3"]);
    const unknown =
      "scancel: Terminating job 9990\nscancel: error: Kill job error on job id 9990: Invalid job id specified\n";
    expect(kindOf(() => parse(failed(0, unknown)))).toBe("no-such-job");
    expect(parse(failed(0, "scancel: Terminating job 20\n"))).toBe("done");
    const over = "scancel: error: Kill job error on job id 20: Job/step already completing or completed\n";
    expect(parse(failed(0, over))).toBe("already-finished");
    const away = "scancel: error: slurm_kill_job2: Unable to contact slurm controller (connect failure)\n";
    expect(kindOf(() => parse(failed(8, away)))).toBe("unavailable");
  });
});

describe("what is told of partitions", () => {
  it("is read with their limits", () => {
    const text =
      "PartitionName=debug AllowGroups=ALL Default=YES MaxNodes=UNLIMITED MaxTime=01:00:00 State=UP TotalCPUs=8 TotalNodes=4\n" +
      "PartitionName=long AllowGroups=ALL Default=NO MaxNodes=2 MaxTime=7-00:00:00 State=DRAIN TotalCPUs=4 TotalNodes=2\n";
    expect(showPartitions().parse(out(text))).toEqual([
      { name: "debug", isDefault: true, acceptsJobs: true, maxWallTimeSeconds: 3_600, totalCores: 8 },
      {
        name: "long",
        isDefault: false,
        acceptsJobs: false,
        maxWallTimeSeconds: 604_800,
        maxNodes: 2,
        totalCores: 4,
      },
    ]);
    const counts = countJobs().parse(out("RUNNING|debug\nPENDING|debug,long\nPENDING|long\n"));
    expect(Object.fromEntries(counts)).toEqual({
      debug: { running: 1, queued: 1 },
      long: { running: 0, queued: 2 },
    });
  });

  it("has times in several forms", () => {
    expect(["30", "30:00", "1:00:00", "7-00:00:00", "1-12", "UNLIMITED", ""].map(parseSlurmDuration)).toEqual(
      [1_800, 1_800, 3_600, 604_800, 129_600, undefined, undefined],
    );
  });
});

describe("names that Slurm writes in short", () => {
  it("of nodes", () => {
    expect(expandSlurmNodes("n[1-3,07],gpu01")).toEqual(["n1", "n2", "n3", "n07", "gpu01"]);
    expect(expandSlurmNodes("n[1-999999999]")).toHaveLength(10_000);
    expect(expandSlurmNodes("")).toEqual([]);
  });

  it("of files", () => {
    const [job] = squeue({ userName: "alice", separator }).parse(out(queueText));
    expect(job && expandSlurmPath(job.outputPath ?? "", job)).toBe("/home/alice/x%j-20.out");
  });
});

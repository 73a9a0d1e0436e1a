import { existsSync } from "node:fs";
import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JobSpec } from "../../model/index.js";
import { LocalCommands } from "../../transports/process/local-commands.js";
import { SlurmCliResource } from "./slurm-cli-resource.js";
import type { SlurmCliSession } from "./slurm-cli-session.js";
import { releaseScript, submitScript } from "./submit-scripts.js";

// Answers that real daemons give once in a thousand times, from programs in the place of Slurm's.
const { username: userName } = userInfo();
const task = { kind: "command", argv: ["true"] } as const;
let folder: string;
let resource: SlurmCliResource;
let session: SlurmCliSession;

const squeueText = String.raw`for word; do case $word in --Format=*) sep=${"${word#*:}"}; sep=${"${sep%%,*}"};; esac; done
[ -f squeue.fails ] && { cat squeue.fails >&2; exit 1; }
[ -f queue ] && sed "s/|/$sep/g" queue; exit 0`;
const sacctText = String.raw`for word; do case $word in --delimiter=*) sep=${"${word#*=}"};; esac; done
[ -f sacct.fails ] && { cat sacct.fails >&2; exit 1; }
[ -f accounting ] && sed "s/|/$sep/g" accounting; exit 0`;
/** `make NUMBER`: the controller takes the job. */
const sbatchBegin = String.raw`echo sbatch >>calls
make() { for word; do case $word in --comment=*) comment=${"${word#*=}"};; esac; done
printf '%s\n' "$1|$1||0|RUNNING|None|0|main|n1|1700000000|1700000000|N/A|${userName}||/|/o|/e|$comment|n|" >>queue; }`;

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), `#!/bin/sh\ncd '${folder}' || exit 9\n${text}\n`);
  await chmod(join(folder, name), 0o700);
}
const sbatchDoes = (text: string) => program("sbatch", `${sbatchBegin}\n${text}`);
const put = (name: string, text: string) => writeFile(join(folder, name), text);
const submits = async () => (await readFile(join(folder, "calls"), "utf8")).trim().split("\n").length;
const submit = (submitKey: string, spec: Partial<JobSpec> = {}) =>
  session.submit({ task, ...spec }, { submitKey });
/** A line of squeue's. */
const queued = (id: string, number: number, state: string, comment = "") =>
  `${id}|${number}||0|${state}|None|0|main|n1|1700000000|1700000000|1700000009|${userName}||/|/o|/e|${comment}|n|\n`;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-slurm-cli-"));
  await program("squeue", squeueText);
  await program("sacct", sacctText);
  await program("scontrol", "echo PartitionName=main Default=YES State=UP TotalCPUs=4");
  await program("scancel", "exit 0");
  resource = new SlurmCliResource({
    id: "lab",
    openTransport: () => new LocalCommands({ directory: folder }),
    environment: { PATH: `${folder}:${process.env["PATH"] ?? ""}`, HOME: folder },
    lookUpPausesSeconds: [0, 0],
  });
  session = await resource.logIn({ userName });
});
afterEach(async () => {
  await resource.close();
  await rm(folder, { recursive: true });
});

describe("a submit whose answer is lost makes one job", () => {
  it.each([
    ["the controller went after it took the job", "Unable to contact slurm controller (receive failure)"],
    ["the connection was cut", "Transport endpoint is not connected"],
    ["Slurm says what nobody has seen before", "The moon is in the way"],
  ])("when %s", async (_what, text) => {
    await sbatchDoes(`make 51 "$@"; echo 'sbatch: error: Batch job submission failed: ${text}' >&2; exit 1`);
    expect([await submit("one"), await submit("one"), await submits()]).toEqual(["51", "51", 1]);
  });

  it("when nobody can be asked what became of it: then it is not sent again", async () => {
    await sbatchDoes(
      `echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >squeue.fails; echo 'sbatch: error: The moon is in the way' >&2; exit 1`,
    );
    await expect(submit("one")).rejects.toMatchObject({ code: "SUBMIT_AMBIGUOUS" });
    await expect(submit("one")).rejects.toMatchObject({ code: "SUBMIT_AMBIGUOUS" });
    expect(await submits()).toBe(1);
  });

  it("when the shell that ran sbatch was killed", async () => {
    await sbatchDoes(`make 51 "$@"; kill -KILL $PPID`);
    expect([await submit("one"), await submit("one"), await submits()]).toEqual(["51", "51", 1]);
  });

  it("when the id is one of another cluster", async () => {
    await sbatchDoes(`make 51 "$@"; echo '52;other'`);
    expect([await submit("one"), await submits()]).toEqual(["51", 1]);
  });

  it("and what was refused may be sent again", async () => {
    await sbatchDoes(`echo 'sbatch: error: invalid account' >&2; exit 1`);
    await expect(submit("one")).rejects.toMatchObject({ code: "SPEC_REJECTED" });
    await sbatchDoes(`make 51 "$@"; echo 51`);
    expect(await submit("one")).toBe("51");
  });

  it("of two that share a key, one that is late does not release the other's second claim", async () => {
    const local = new LocalCommands();
    const run = (script: string, ...args: readonly string[]) =>
      local.run(["sh", "-c", script, "scarf", folder, ...args]);
    expect((await run(submitScript, "", "a1", "false")).stdout).toBe("done\n1 a1\n\0");
    await run(releaseScript, "a1");
    await run(submitScript, "", "a2", "echo", "51");
    await run(releaseScript, "a1"); // of the other process, which had read the first refusal
    expect((await run(submitScript, "", "b1", "echo", "52")).stdout).toBe("taken\n");
  });
});

describe("a submit", () => {
  it("takes a command line that is longer than an argument may be", async () => {
    await sbatchDoes(`make 51 "$@"; echo 51`);
    expect(await submit("one", { task: { kind: "shell", commandLine: `: ${"x".repeat(200_000)}` } })).toBe(
      "51",
    );
  });

  it("is not led astray by variables of whoever runs it", async () => {
    await sbatchDoes(`env >variables; make 51 "$@"; echo 51`);
    process.env["SBATCH_ARRAY_INX"] = "1-9";
    try {
      await submit("one");
    } finally {
      delete process.env["SBATCH_ARRAY_INX"];
    }
    expect(await readFile(join(folder, "variables"), "utf8")).not.toContain("SBATCH_ARRAY_INX");
  });
});

describe("a number that means another job than the one that was submitted", () => {
  it("tells nothing of that", async () => {
    for (const id of ["51", "52"]) {
      await sbatchDoes(`make ${id} "$@"; echo ${id}`);
      await submit(`key of ${id}`);
    }
    expect((await session.status(["51"])).get("51")).toMatchObject({ phase: "running" });
    await sbatchDoes(`make 53 "$@"; echo 53`);
    await submit("key of 53");
    await put(
      "queue",
      queued("51", 51, "COMPLETED", "another's") + queued("53", 53, "COMPLETED", "another's"),
    );
    const statuses = await session.status(["51", "53"]);
    for (const id of ["51", "53"])
      expect(statuses.get(id)).toMatchObject({ phase: "unknown", why: "no-evidence" });
  });

  it("nor where the accounting keeps no comments", async () => {
    await put("accounting", `51|51|COMPLETED|0:0|None|main|n1|10|10|20|${userName}||/||mine\n`);
    expect((await session.status(["51"])).get("51")).toMatchObject({ outcome: "succeeded" });
    await put("accounting", `51|51|COMPLETED|0:0|None|main|n1|30|30|40|${userName}||/||another's\n`);
    expect((await session.status(["51"])).get("51")).toMatchObject({ phase: "unknown" });
  });
});

describe("an array of which some elements have left the controller", () => {
  const rest = queued("60_2", 61, "COMPLETED") + queued("60_3", 60, "COMPLETED");

  it.each([
    ["sacct: error: Problem talking to the database: Connection refused", "unreachable"],
    ["Slurm accounting storage is disabled", "no-evidence"],
  ])("has not succeeded as long as nobody tells of them (%s)", async (text, why) => {
    await put("queue", rest);
    await put("sacct.fails", text);
    expect((await session.status(["60"])).get("60")).toMatchObject({ phase: "unknown", why });
    expect((await session.status(["60_2"])).get("60_2")).toMatchObject({ outcome: "succeeded" });
  });

  it("has succeeded when the accounting says so", async () => {
    await put("queue", rest);
    await put("accounting", `60_1|62|COMPLETED|0:0|None|main|n1|10|10|20|${userName}||/||n\n`);
    expect((await session.status(["60"])).get("60")).toMatchObject({ outcome: "succeeded" });
  });

  it("has not when an element was cancelled before it began", async () => {
    await put("queue", rest + queued("60_1", 62, "PENDING"));
    expect(await session.cancel("60_1")).toBe("requested");
    await put("queue", rest);
    expect((await session.status(["60"])).get("60")).toMatchObject({ outcome: "cancelled" });
  });
});

describe("a session", () => {
  it("says what is wrong with an argument that no program can get", async () => {
    await expect(session.runUserCommand(["squeue", "a\0b"])).rejects.toMatchObject({ code: "USAGE_INVALID" });
  });

  it("that was saved does nothing as another user", async () => {
    const other = resource.resume({ ...session.save(), userName: "somebody" });
    await expect(other.list()).rejects.toMatchObject({ code: "AUTH_FAILED" });
    await expect(other.files.read("calls")).rejects.toMatchObject({ code: "AUTH_FAILED" });
    expect(await resource.resume(session.save()).list()).toEqual([]);
    expect(existsSync(join(folder, "calls"))).toBe(false);
  });
});

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { findFamily, measureMemoryBytes, signalProcesses } from "./process-family.js";
import { getLiveness, getOwnIdentity, getProcessAgeSeconds, getProcessIdentity } from "./process-identity.js";
import { parseProcStat, readProcStat } from "./proc-stat.js";

const mark = `SCARF_JOB_MARK=test-${process.pid}`;
let child: ChildProcess | undefined;

async function start(script: string): Promise<ChildProcess> {
  child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: "ignore",
    env: { PATH: process.env["PATH"], SCARF_JOB_MARK: `test-${process.pid}` },
  });
  await once(child, "spawn");
  await sleep(200);
  return child;
}

afterEach(() => {
  signalProcesses(findFamily({ environmentMark: mark }, { thorough: true }), "SIGKILL");
});

describe("what /proc tells", () => {
  it("reads a command's name that looks like the rest of the line", () => {
    const line = `42 (a) R 1 (b)) S 7 42 41 0 -1 4194560 ${"0 ".repeat(12)}9001 1000 77 18446744073709551615`;
    expect(parseProcStat(line)).toMatchObject({
      pid: 42,
      state: "S",
      parentPid: 7,
      groupId: 42,
      sessionId: 41,
    });
    expect(parseProcStat(line)).toMatchObject({ startTicks: 9001, residentPages: 77 });
    expect(parseProcStat("")).toBeUndefined();
    expect(parseProcStat("nonsense")).toBeUndefined();
  });

  it("takes a process that only waits to be noticed for dead", async () => {
    const { pid = 0 } = await start("sleep 0.1 & exec sleep 30"); // its child becomes a zombie
    const zombie = findFamily({ environmentMark: mark }, { thorough: true }).find((stat) => stat.pid !== pid);
    expect(zombie).toBeUndefined();
    expect(readProcStat(pid)).toBeDefined();
  });
});

describe("identity of a process", () => {
  it("tells this process from another that had its number", () => {
    const own = getOwnIdentity();
    expect(getLiveness(own)).toBe("alive");
    expect(getLiveness({ ...own, startTicks: own.startTicks - 1 })).toBe("dead");
    expect(getLiveness({ ...own, bootId: "another" })).toBe("rebooted");
    expect(getProcessIdentity(0)).toBeUndefined();
    expect(Math.abs(getProcessAgeSeconds(own) - process.uptime())).toBeLessThan(3);
  });

  it("sees the end of a process", async () => {
    const started = await start("exec sleep 30");
    const identity = getProcessIdentity(started.pid ?? 0);
    if (!identity) throw new Error("No identity");
    const exited = once(started, "exit");
    started.kill("SIGKILL");
    await exited;
    expect(getLiveness(identity)).toBe("dead");
  });
});

describe("the processes of a job", () => {
  it("include children of children and those that made a session of their own", async () => {
    const { pid = 0 } = await start("(setsid sleep 31 &) ; sleep 32 & (sleep 33 & wait) & wait");
    const leader = getProcessIdentity(pid);
    if (!leader) throw new Error("No leader");
    const quick = findFamily({ leader, environmentMark: mark }, { thorough: false });
    const thorough = findFamily({ leader, environmentMark: mark }, { thorough: true });
    expect(quick.map((stat) => stat.pid)).toContain(pid);
    expect(thorough.length).toBeGreaterThanOrEqual(5);
    expect(thorough.length).toBeGreaterThan(quick.length);
    expect(measureMemoryBytes(thorough)).toBeGreaterThan(100_000);
    signalProcesses(thorough, "SIGKILL");
    await sleep(200);
    expect(findFamily({ leader, environmentMark: mark }, { thorough: true })).toEqual([]);
  });

  it("do not include this one", () => {
    const leader = getOwnIdentity();
    expect(
      findFamily({ leader, environmentMark: mark }, { thorough: true }).map(({ pid }) => pid),
    ).not.toContain(process.pid);
  });
});

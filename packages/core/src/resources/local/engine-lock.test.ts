import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findEngine, takeEngineLock } from "./engine-lock.js";
import { openWorkspace, type Workspace } from "./workspace.js";

let workspace: Workspace;

beforeEach(() => {
  workspace = openWorkspace(mkdtempSync(join(tmpdir(), "scarf-lock-")));
});

afterEach(() => {
  rmSync(workspace.root, { recursive: true, force: true });
});

async function tryInProcess() {
  const program = fileURLToPath(new URL("testing/lock-main.js", import.meta.url));
  const child = spawn(process.execPath, [program, workspace.root], { stdio: ["ignore", "pipe", "inherit"] });
  const chunks: unknown[] = await once(child.stdout, "data");
  return { child, held: String(chunks[0]) === "held\n" };
}

it("is held by one process at a time, also right after its holder was killed", async () => {
  for (let round = 0; round < 3; round += 1) {
    const tries = await Promise.all(Array.from({ length: 4 }, tryInProcess));
    const holders = tries.filter(({ held }) => held);
    expect(holders.length).toBe(1);
    const [holder] = holders;
    expect(findEngine(workspace)?.pid).toBe(holder?.child.pid);
    const exited = holder && once(holder.child, "exit");
    holder?.child.kill("SIGKILL");
    await exited;
    expect(findEngine(workspace)).toBeUndefined();
  }
});

it("can be released and taken again, and leaves no heap of files", () => {
  for (let round = 0; round < 5; round += 1) {
    const lock = takeEngineLock(workspace, 3);
    expect(findEngine(workspace)).toEqual({ pid: process.pid, slots: 3 });
    expect(takeEngineLock(workspace, 3)).toBeUndefined();
    lock?.release();
    expect(findEngine(workspace)).toBeUndefined();
  }
  expect(readdirSync(workspace.engine).filter((name) => name.startsWith("lock-")).length).toBeLessThanOrEqual(
    3,
  );
});

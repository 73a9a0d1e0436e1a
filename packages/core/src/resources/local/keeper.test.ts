import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { getOwnIdentity } from "../../transports/process/process-identity.js";
import { type JobRef, parseJobId } from "./job-record.js";
import type { VersionedState } from "./job-state.js";
import { JobStore } from "./job-store.js";
import { Keeper } from "./keeper.js";
import { submitJob } from "./submit-job.js";
import { openWorkspace, type Workspace } from "./workspace.js";

let workspace: Workspace;
let store: JobStore;
let ref: JobRef;

beforeEach(async () => {
  workspace = openWorkspace(mkdtempSync(join(tmpdir(), "scarf-keeper-")));
  store = new JobStore(workspace);
  // Written down without telling an engine, so that nothing else starts it.
  const submission = { workspace, store, user: "anna", submitKey: "key", slots: 1, extraPath: [] };
  const task = { kind: "shell", commandLine: "echo ran >> ran; exit 5" } as const;
  const found = parseJobId(await submitJob({ task }, submission, {}));
  if (!found) throw new Error("No job");
  ref = found;
});

afterEach(() => {
  rmSync(workspace.root, { recursive: true, force: true });
});

function makeKeeper(ofStore: JobStore): Keeper {
  const record = ofStore.readRecord(ref.number);
  if (!record) throw new Error("No record");
  return new Keeper(workspace, ofStore, ref, record);
}

/** Another process is faster between this one's look and its claim. */
class OvertakenStore extends JobStore {
  overtake: ((seen: VersionedState) => void) | undefined;

  override readState(of: JobRef): VersionedState | undefined {
    const seen = super.readState(of);
    const { overtake } = this;
    this.overtake = undefined;
    if (seen) overtake?.(seen);
    return seen;
  }
}

it("runs a job and writes down its end", async () => {
  await makeKeeper(store).start(1);
  expect(store.readState(ref)?.state).toMatchObject({ phase: "finished", outcome: "failed", exitCode: 5 });
  expect(hasRun()).toBe(true);
});

it("does not run a job that another keeper has claimed after it looked", async () => {
  const overtaken = new OvertakenStore(workspace);
  const keeper = makeKeeper(overtaken);
  overtaken.overtake = (seen) =>
    store.advance(ref, seen, { ...seen.state, phase: "starting", keeper: getOwnIdentity(), mark: "other" });
  await keeper.start(1);
  expect(hasRun()).toBe(false);
  expect(store.readState(ref)?.state).toMatchObject({ phase: "starting", mark: "other" });
});

it("does not run a job that was cancelled after it looked", async () => {
  const overtaken = new OvertakenStore(workspace);
  const keeper = makeKeeper(overtaken);
  overtaken.overtake = (seen) =>
    store.advance(ref, seen, { ...seen.state, phase: "finished", outcome: "cancelled" });
  await keeper.start(1);
  expect(hasRun()).toBe(false);
  expect(store.readState(ref)?.state).toMatchObject({ phase: "finished", outcome: "cancelled" });
});

it("does not run a job for the second time, or one that is held", async () => {
  await makeKeeper(store).start(2);
  expect(hasRun()).toBe(false);
  store.update(ref, (state) => ({ ...state, phase: "held" }));
  await makeKeeper(store).start(1);
  expect(hasRun()).toBe(false);
});

it("lets one of two make the next state", () => {
  const [first, second] = [new JobStore(workspace), new JobStore(workspace)];
  const seen = first.readState(ref);
  if (!seen) throw new Error("No state");
  expect(first.advance(ref, seen, { ...seen.state, phase: "held" })).toBe(true);
  expect(second.advance(ref, seen, { ...seen.state, phase: "finished" })).toBe(false);
  expect(second.readState(ref)?.state.phase).toBe("held");
});

function hasRun(): boolean {
  return existsSync(join(store.readRecord(ref.number)?.directory ?? "", "ran"));
}

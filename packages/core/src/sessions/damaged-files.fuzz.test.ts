import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isScarfError } from "../errors/index.js";
import { fuzzRuns } from "../testing/fuzz-runs.js";
import { anyText, mutated, wellFormedText } from "../wire/testing/arbitraries.js";
import { FileSessionStore } from "./file-session-store.js";
import { SubmitJournal } from "./submit-journal.js";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-damaged-"));
});
afterAll(() => rm(directory, { recursive: true }));

const session = {
  resourceId: "SCARF@STFC",
  userName: "alice",
  savedAt: "2026-11-25T10:00:00.000Z",
  state: { token: 'alice"2026"x==', baseUrl: "https://h/" },
};
const identity = { resourceId: "SCARF@STFC", userName: "alice", submitKey: "k", specDigest: "d" };

/** Anything but one of our errors is a bug. */
async function orTyped<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (!isScarfError(error)) throw error;
    expect(error.hint).not.toBe("");
    return undefined;
  }
}

async function onlyFile(of: string, ending: string): Promise<string> {
  const names = await readdir(of, { recursive: true });
  return join(of, names.find((one) => one.endsWith(ending)) ?? "");
}

describe("damaged files", () => {
  it("of a session: the session of that very user, or an error that says what to do; others are listed still", async () => {
    const top = join(directory, "sessions");
    const store = new FileSessionStore(top);
    await store.save(session);
    const file = await onlyFile(top, ".token");
    await store.save({ ...session, userName: "bob" });
    const content = fc.oneof(
      mutated(fc.constant(JSON.stringify(session))),
      anyText,
      fc.json({ maxDepth: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        await writeFile(file, text);
        const loaded = await orTyped(store.load("SCARF@STFC", "alice"));
        if (loaded !== undefined)
          expect([loaded.resourceId, loaded.userName]).toEqual(["SCARF@STFC", "alice"]);
        const listed = await store.list();
        expect(listed.find(({ userName }) => userName === "bob")?.state).toBe("active");
        expect(listed.length).toBe(2);
      }),
      fuzzRuns(0.01),
    );
  });

  it("of the submit journal: what is known of the job, or an error that says what to do; other submits go on", async () => {
    const top = join(directory, "journal");
    const journal = new SubmitJournal(top);
    const { entry } = await journal.begin(identity);
    await journal.succeeded(entry, "417666");
    const file = await onlyFile(top, ".json");
    const content = fc.oneof(
      mutated(fc.constant(JSON.stringify({ ...entry, jobId: "417666" }))),
      anyText,
      fc.json({ maxDepth: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(content, async (text) => {
        await writeFile(file, text);
        const again = new SubmitJournal(top);
        const begun = await orTyped(again.begin(identity));
        // An empty file is one that never got its content: the name was there first, on some file systems.
        if (begun?.isNew === true) expect(text).toBe("");
        const other = await again.begin({ ...identity, submitKey: "other" });
        expect(other.isNew).toBe(true);
        await again.refused(other.entry);
      }),
      fuzzRuns(0.009),
    );
  });

  it("names of any users and resources are kept apart and stay below the directory", async () => {
    const top = join(directory, "names");
    const store = new FileSessionStore(top);
    const name = wellFormedText.filter((text) => text !== "");
    await fc.assert(
      fc.asyncProperty(name, name, async (resourceId, userName) => {
        const saved = { ...session, resourceId, userName };
        await store.save(saved);
        expect(await store.load(resourceId, userName)).toEqual(saved);
        expect(await readdir(directory)).toEqual(expect.not.arrayContaining(["x"]));
        await store.remove(resourceId, userName);
        expect(await store.load(resourceId, userName)).toBeUndefined();
      }),
      fuzzRuns(0.009),
    );
  });
});

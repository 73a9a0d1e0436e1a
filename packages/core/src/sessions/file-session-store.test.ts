import { fork } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SavedSession } from "../resources/compute-resource.js";
import { FileSessionStore } from "./file-session-store.js";

let top: string;
let directory: string;
let store: FileSessionStore;
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), "scarf-sessions-"));
  directory = join(top, "sessions");
  store = new FileSessionStore(directory);
});
afterEach(() => rm(top, { recursive: true }));

const saved = (token: string, userName = "alice", resourceId = "SCARF@STFC"): SavedSession => ({
  resourceId,
  userName,
  savedAt: "2026-11-25T10:00:00.000Z",
  state: { token },
});

async function tokenFiles(): Promise<string[]> {
  const names = await readdir(directory, { recursive: true });
  return names.filter((name) => name.endsWith(".token")).map((name) => join(directory, name));
}

describe("a session in a file", () => {
  it("pac fault: others could read the token: only its owner can, in a directory for the owner only", async () => {
    await store.save(saved("secret"));
    const [file = ""] = await tokenFiles();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await store.load("SCARF@STFC", "alice")).toEqual(saved("secret"));
  });

  it("takes the place of the one before; also when the clock was set back", async () => {
    await store.save(saved("one"));
    const [first = ""] = await tokenFiles();
    const future = first.replace(/\d{15}(?=-)/, "999999999999990");
    await writeFile(future, await readFile(first, "utf8"), { mode: 0o600 });
    for (const token of ["two", "three"]) {
      await store.save(saved(token));
      expect(await store.load("SCARF@STFC", "alice")).toEqual(saved(token));
      const files = await tokenFiles();
      expect(files).toHaveLength(1);
      // Even if the program had been killed before it removed the older one.
      expect((files[0] ?? "") > future).toBe(true);
    }
  });

  it.each([0o640, 0o604, 0o660])("is refused when others can read it (mode %o)", async (mode) => {
    await store.save(saved("secret"));
    await store.save(saved("fine", "bob"));
    const file = (await tokenFiles()).find((name) => name.includes("alice")) ?? "";
    await chmod(file, mode);
    await expect(store.load("SCARF@STFC", "alice")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      message: `${file}: other users of this machine can read it (mode ${mode.toString(8)}), and it holds a session.`,
    });
    expect(await store.list()).toMatchObject([
      { userName: "alice", state: "unusable" },
      { userName: "bob", state: "active" },
    ]);
    expect(await store.remove("SCARF@STFC", "alice")).toBe(true);
    expect(await store.load("SCARF@STFC", "alice")).toBeUndefined();
  });

  it("is refused when it is a link or damaged", async () => {
    await store.save(saved("secret"));
    const [file = ""] = await tokenFiles();
    const content = await readFile(file, "utf8");
    await writeFile(file, content.slice(0, 20));
    await expect(store.load("SCARF@STFC", "alice")).rejects.toMatchObject({
      code: "CONFIG_INVALID",
      hint: "Log in again; that replaces it.",
    });
    await writeFile(join(top, "elsewhere"), content, { mode: 0o600 });
    await rm(file);
    await symlink(join(top, "elsewhere"), file);
    await expect(store.load("SCARF@STFC", "alice")).rejects.toMatchObject({ code: "FILE_UNREADABLE" });
    await store.save(saved("new"));
    expect(await store.load("SCARF@STFC", "alice")).toEqual(saved("new"));
  });

  it("is not mixed up whatever the names are", async () => {
    const names = [
      "alice",
      "Alice",
      "../alice",
      "a/b",
      ".",
      "..",
      "",
      "a%2Fb",
      "ü@x",
      "x".repeat(300),
      `${"x".repeat(300)}y`,
    ];
    for (const user of names) await store.save(saved(`token of ${user}`, user));
    for (const user of names)
      expect((await store.load("SCARF@STFC", user))?.state).toEqual({ token: `token of ${user}` });
    for (const name of names) await store.save(saved("t", "u", name));
    expect(await store.list()).toHaveLength(2 * names.length);
    expect(await readdir(top)).toEqual(["sessions"]);
  });

  it("shows no token in lists", async () => {
    await store.save({ ...saved("secret"), expiresAt: "2026-11-25T18:00:00.000Z" });
    const list = await store.list();
    expect(list).toEqual([
      {
        resourceId: "SCARF@STFC",
        userName: "alice",
        state: "active",
        savedAt: new Date("2026-11-25T10:00:00.000Z"),
        expiresAt: new Date("2026-11-25T18:00:00.000Z"),
      },
    ]);
    await store.expire(saved("secret"));
    expect(await store.list()).toMatchObject([{ state: "expired" }]);
    expect(await readFile(join(directory, "SCARF%40STFC", "alice", "expired"), "utf8")).not.toContain(
      "secret",
    );
  });
});

describe("an expired session", () => {
  it("is removed and remembered; a log-in makes that undone", async () => {
    await store.save(saved("one"));
    await store.expire(saved("one"));
    expect([await store.load("SCARF@STFC", "alice"), await store.hasExpired("SCARF@STFC", "alice")]).toEqual([
      undefined,
      true,
    ]);
    await store.save(saved("two"));
    expect(await store.hasExpired("SCARF@STFC", "alice")).toBe(false);
  });

  it("is never confused with the one that another program has just begun", async () => {
    await store.save(saved("old"));
    await new FileSessionStore(directory).save(saved("new"));
    await store.expire(saved("old"));
    expect(await store.load("SCARF@STFC", "alice")).toEqual(saved("new"));
  });
});

describe("the last user", () => {
  it("is remembered for each resource, logged in or not", async () => {
    expect(await store.lastUser("SCARF@STFC")).toBeUndefined();
    await store.rememberUser("SCARF@STFC", "alice");
    await store.rememberUser("local", "bob");
    await new FileSessionStore(directory).rememberUser("SCARF@STFC", "carol");
    expect([await store.lastUser("SCARF@STFC"), await store.lastUser("local")]).toEqual(["carol", "bob"]);
    expect(await store.list()).toEqual([]);
  });
});

describe("several programs at once", () => {
  const hammer = fileURLToPath(new URL("testing/hammer-session-store.js", import.meta.url));

  it("never see half a session, and never none while all log in again and again", async () => {
    await store.save(saved("0"));
    const programs = Array.from({ length: 4 }, (_, index) => fork(hammer, [directory, String(index), "40"]));
    const codes = await Promise.all(
      programs.map(async (program) => (await once(program, "exit"))[0] as unknown),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(await store.load("SCARF@STFC", "alice")).toBeDefined();
    expect(await store.remove("SCARF@STFC", "alice")).toBe(true);
    expect(await tokenFiles()).toEqual([]);
  });

  it("are killed at any moment, and leave a session that is whole", async () => {
    await store.save(saved("0"));
    for (let round = 0; round < 6; round += 1) {
      const program = fork(hammer, [directory, "k", "100000"], {
        stdio: ["ignore", "inherit", "inherit", "ipc"],
      });
      await once(program, "message");
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      program.kill("SIGKILL");
      await once(program, "exit");
      expect(await store.load("SCARF@STFC", "alice")).toBeDefined();
    }
  });
});

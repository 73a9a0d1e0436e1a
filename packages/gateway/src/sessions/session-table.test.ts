import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore, type Store } from "../state/store.js";
import { migrations } from "../state/tables.js";
import { seal, unseal } from "./seal.js";
import { SessionTable } from "./session-table.js";

const session = { resourceId: "local", userName: "anna", stamp: "s", sealed: "" };

describe("session table", () => {
  let folder: string;
  let store: Store;
  let now: number;
  let table: SessionTable;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-sessions-"));
    store = openStore(join(folder, "gateway.sqlite"), migrations);
    now = 1_700_000_000_000;
    table = new SessionTable(store, { idleSeconds: 3600, absoluteSeconds: 36_000, perUser: 3 }, () => now);
  });
  afterEach(async () => {
    store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it("ends a session after its idle time, and each use begins that anew", () => {
    table.add("token", session);
    now += 3_500_000;
    expect(table.find("token")?.userName).toBe("anna");
    now += 3_500_000;
    expect(table.find("token")?.expiresAt).toEqual(new Date(now + 3_600_000));
    now += 3_600_000;
    expect(table.find("token")).toBeUndefined();
  });

  it("ends a session after its absolute time however much it is used", () => {
    table.add("token", session);
    for (let minutes = 0; minutes < 590; minutes += 10) {
      now += 600_000;
      expect([minutes, table.find("token")?.userName]).toEqual([minutes, "anna"]);
    }
    now += 600_000;
    expect(table.find("token")).toBeUndefined();
  });

  it("answers which sessions have expired, once", () => {
    table.add("old", session);
    now += 3_600_001;
    table.add("new", session);
    expect(table.removeExpired()).toHaveLength(1);
    expect(table.removeExpired()).toEqual([]);
    expect(table.find("new")).toBeDefined();
  });

  it("makes room by what nobody uses: a loop of log-ins ends its own sessions, not the one that works", () => {
    const logIn = (token: string): readonly string[] => {
      const made = table.makeRoom(session);
      table.add(token, session);
      return made;
    };
    logIn("work");
    now += 60_000;
    table.find("work");
    // By the loop each is used once, at once.
    for (let round = 0; round < 20; round += 1) {
      now += 5_000;
      expect(logIn(`loop ${round}`)).toHaveLength(round < 2 ? 0 : 1);
      table.find(`loop ${round}`);
    }
    const left = ["work", "loop 17", "loop 18", "loop 19"].filter((token) => table.find(token) !== undefined);
    expect(left).toEqual(["work", "loop 18", "loop 19"]);
    // Other people's, and those on other resources, are not touched.
    table.add("ben", { ...session, userName: "ben" });
    table.add("night", { ...session, resourceId: "night" });
    logIn("one more");
    expect([table.find("ben"), table.find("night")].every((found) => found !== undefined)).toBe(true);
    expect(table.count()).toBe(5);
  });

  it("gives a new session room also where all others are in use", () => {
    for (const token of ["a", "b", "c"]) table.add(token, session);
    for (const token of ["a", "b", "c"]) {
      now += 60_000;
      table.find(token);
    }
    expect(table.makeRoom(session)).toHaveLength(1);
    table.add("new", session);
    expect(["a", "b", "c", "new"].filter((token) => table.find(token) !== undefined)).toEqual([
      "b",
      "c",
      "new",
    ]);
  });

  it("stores neither the token nor what it seals", async () => {
    const token = 'anna"2026-01-01T00:00:00Z"very-secret-token"==';
    table.add(token, { ...session, sealed: seal("token of another service", token) });
    const stored = table.find(token)?.sealed ?? "";
    expect(unseal(stored, token)).toBe("token of another service");
    expect(unseal(stored, "another token")).toBeUndefined();
    const files = ["gateway.sqlite", "gateway.sqlite-wal"].map((name) =>
      readFile(join(folder, name), "latin1"),
    );
    const bytes = (await Promise.all(files)).join("");
    expect(bytes).toContain("anna");
    expect(bytes).not.toContain("very-secret-token");
    expect(bytes).not.toContain("another service");
  });
});

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
    table = new SessionTable(store, { idleSeconds: 3600, absoluteSeconds: 36_000 }, () => now);
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

import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openStore } from "./store.js";
import { migrations } from "./tables.js";

describe("store", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-store-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("keeps rows over a new opening and runs each migration once", () => {
    const path = join(folder, "state", "gateway.sqlite");
    const first = openStore(path, migrations);
    expect(first.run("INSERT INTO submits VALUES (?, ?, ?, ?, ?)", "local", "anna", "key", null, 5)).toBe(1);
    first.close();
    const second = openStore(path, [...migrations, "ALTER TABLE submits ADD COLUMN extra TEXT"]);
    expect(second.get("SELECT * FROM submits")).toEqual({
      resource: "local",
      user_name: "anna",
      submit_key: "key",
      job_id: null,
      begun_at: 5,
      extra: null,
    });
    second.close();
  });

  it("is readable by its owner only, the write-ahead log included", async () => {
    const path = join(folder, "gateway.sqlite");
    const store = openStore(path, migrations);
    store.run("INSERT INTO submits VALUES (?, ?, ?, ?, ?)", "local", "anna", "key", null, 5);
    for (const file of [path, `${path}-wal`, `${path}-shm`]) {
      const { mode } = await stat(file);
      expect([file, (mode & 0o777).toString(8)]).toEqual([file, "600"]);
    }
    store.close();
  });

  it("takes a transaction back as a whole", () => {
    const store = openStore(join(folder, "gateway.sqlite"), migrations);
    expect(() =>
      store.transaction(() => {
        store.run("INSERT INTO submits VALUES (?, ?, ?, ?, ?)", "local", "anna", "key", null, 5);
        throw new Error("in between");
      }),
    ).toThrow("in between");
    expect(store.all("SELECT * FROM submits")).toEqual([]);
    store.close();
  });
});

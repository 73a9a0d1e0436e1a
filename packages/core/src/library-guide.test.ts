import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import {
  openManager,
  openSession,
  runScript,
  sendScan,
  showOutput,
  watchJobs,
} from "./testing/library-guide.js";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-guide-"));
  vi.stubEnv("SCARF_CONFIG_DIR", directory);
  vi.stubEnv("SCARF_STATE_DIR", directory);
  vi.spyOn(console, "log").mockReturnValue(undefined);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(directory, { recursive: true, maxRetries: 5 });
});

it("is the code that the guide shows, and the other way round", async () => {
  const root = fileURLToPath(new URL("../../../", import.meta.url));
  const source = await readFile(`${root}packages/core/src/testing/library-guide.ts`, "utf8");
  const regions = [...source.matchAll(/^\/\/ #region \w+\n([^]*?)^\/\/ #endregion$/gm)].map(([, code = ""]) =>
    code.replaceAll('"../index.js"', '"scarf-tomo"'),
  );
  const guide = await readFile(`${root}docs/guide/library.md`, "utf8");
  const blocks = [...guide.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code = ""]) => code);
  expect(regions).toHaveLength(7);
  expect(blocks).toEqual(regions);
});

it("runs", async () => {
  const manager = await openManager();
  const session = await openSession(manager, "local", () => Promise.resolve({ userName: "alice" }));
  expect(await openSession(manager, "local", () => Promise.reject(new Error("asked twice")))).toBe(session);

  const lines: string[] = [];
  const stop = watchJobs(session, (line) => lines.push(line));
  const results = join(directory, "results");
  const said = await runScript(session, "wc -l < angles.txt; echo done > slice.txt", results);
  expect(said).toMatch(/^Job \S+ succeeded; \d+ files are in /);
  expect(await readFile(join(results, "slice.txt"), "utf8")).toBe("done\n");
  const [job] = await session.list();
  await vi.waitFor(() => expect(lines.at(-1)).toBe(`${job?.id} finished`), 10_000);
  stop();

  let output = "";
  await showOutput(session, job?.id ?? "", (text) => (output += text));
  expect(output.trim()).toBe("3");

  expect(await runScript(session, "exit 3", join(directory, "none"))).toMatch(/^Job \S+ failed/);

  const scan = join(directory, "scan.nxs");
  await writeFile(scan, Buffer.alloc(3_000_000));
  expect(await sendScan(session, scan, "scans")).toMatch(/scan\.nxs: 3000000 bytes, compared by sha256$/);
  await writeFile(scan, Buffer.alloc(3_000_000, 1));
  await expect(sendScan(session, scan, "scans")).rejects.toMatchObject({ code: "FILE_EXISTS" });
  await manager.close();
});

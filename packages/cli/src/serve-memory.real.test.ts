import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readDocument, ScarfSandbox } from "./testing/scarf-sandbox.js";

/** Tells the size of the young heap when it is asked. */
const probe = `
process.on("SIGUSR2", () => {
  const { space_size } = require("node:v8").getHeapSpaceStatistics().find((space) => space.space_name === "new_space");
  process.stderr.write("young heap " + space_size + "\\n");
});`;

let sandbox: ScarfSandbox;
beforeAll(async () => {
  sandbox = await ScarfSandbox.create();
});
afterAll(() => sandbox.remove());

it("scarf serve starts with a small young heap", async () => {
  const preloaded = await sandbox.file("probe.cjs", probe);
  const child = sandbox.start(["serve", "--json", "--port", "0"], {
    environment: { NODE_OPTIONS: `--require ${preloaded}` },
  });
  if (!child.stdout || !child.stderr) throw new Error("no pipes");
  for await (const line of createInterface(child.stdout)) {
    expect(readDocument(line)).toMatchObject({ resources: ["local"] });
    break;
  }
  child.kill("SIGUSR2");
  let sizeBytes = 0;
  for await (const line of createInterface(child.stderr)) {
    sizeBytes = Number(/^young heap (\d+)$/.exec(line)?.[1] ?? 0);
    if (sizeBytes > 0) break;
  }
  expect(sizeBytes).toBeGreaterThan(0);
  // Left alone it would have 16 or 32 MB by now.
  expect(sizeBytes).toBeLessThan(8 * 1024 * 1024);
  child.kill("SIGTERM");
  await once(child, "close");
});

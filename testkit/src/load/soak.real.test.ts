import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setTimeout as sleep } from "node:timers/promises";
import { PacResource } from "scarf-tomo";
import { expect, it } from "vitest";
import { FaultProxy } from "../faults/fault-proxy.js";
import { startScarf } from "../journey/scarf-in-a-box.js";

setFlagsFromString("--expose-gc");
const gc: unknown = runInNewContext("gc");

function collectGarbage(): void {
  if (typeof gc !== "function") throw new Error("this Node does not let its garbage be collected");
  Reflect.apply(gc, undefined, []);
}

/** Of client and gateway together; the least of several looks, because code that was just compiled goes only later. */
async function heapMegabytes(): Promise<number> {
  const looks: number[] = [];
  for (let count = 0; count < 5; count += 1) {
    collectGarbage();
    looks.push(process.memoryUsage().heapUsed / 1024 ** 2);
    await sleep(200);
  }
  return Math.min(...looks);
}

it("ten thousand looks at a job and two hundred log-ins through one resource: flat memory, few connections, no warning", async () => {
  await using scarf = await startScarf();
  await using proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const warnings: string[] = [];
  const note = (warning: Error): void => void warnings.push(warning.message);
  process.on("warning", note);
  const resource = new PacResource({ id: "SCARF@STFC", baseUrl: `${proxy.origin}/platform/` });
  const session = await resource.logIn(scarf);
  const id = await session.submit({ task: { kind: "shell", commandLine: "true" } }, { submitKey: "soak" });
  const look = async (count: number): Promise<void> => {
    const one = async (): Promise<void> => {
      for (let at = 0; at < count / 4; at += 1) await session.status([id]);
    };
    await Promise.all([one(), one(), one(), one()]);
    proxy.exchanges.length = 0;
  };
  await look(2000);
  const before = await heapMegabytes();
  const { connections } = proxy;
  await look(8000);
  const afterLooks = await heapMegabytes();
  // Kept connections are used again, by as many calls as go on at the same time.
  expect(proxy.connections - connections).toBeLessThan(8);

  for (let count = 0; count < 200; count += 1) await (await resource.logIn(scarf)).logOut();
  const afterLogIns = await heapMegabytes();
  process.off("warning", note);
  await resource.close();
  console.log("soak", { before, afterLooks, afterLogIns, connections: proxy.connections });
  expect(warnings).toEqual([]);
  expect(Math.max(afterLooks, afterLogIns)).toBeLessThan(1.3 * before + 10);
});

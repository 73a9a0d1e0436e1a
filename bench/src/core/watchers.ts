import { setTimeout as sleep } from "node:timers/promises";
import { LocalResource, type Session, watcherFor } from "scarf-tomo";
import type { Bench, Benchmark } from "../harness/bench.js";
import { makeFigure } from "../harness/figure.js";

/** How often the scheduler is asked while one, and while a thousand, watch the same jobs. */
export const watchers: Benchmark = {
  name: "watchers",
  isCheap: true,
  async measure(bench: Bench) {
    const seconds = bench.isQuick ? 3 : 10;
    const against = [await countCalls(bench.path("one"), 1, seconds)];
    const ours = [await countCalls(bench.path("many"), 1000, seconds)];
    return [
      makeFigure({
        name: `1,000 watchers for ${seconds} s`,
        peer: "1 watcher",
        unit: "scheduler calls",
        smallerIsBetter: true,
        goal: { kind: "at-most", ratio: 1 },
        ours,
        against,
      }),
    ];
  },
};

async function countCalls(workspace: string, listeners: number, seconds: number): Promise<number> {
  const resource = new LocalResource({ workspace });
  const session = await resource.logIn({ userName: "anna" });
  const spec = { name: "held", hold: true, task: { kind: "command", argv: ["true"] } } as const;
  const id = await session.submit(spec, { submitKey: "watched" });
  let calls = 0;
  const status: Session["status"] = (...args) => {
    calls++;
    return session.status(...args);
  };
  const counted = new Proxy(session, {
    get: (target, name): unknown => (name === "status" ? status : Reflect.get(target, name, target)),
  });
  let told = 0;
  const subscriptions = Array.from({ length: listeners }, () =>
    watcherFor(counted).watch([id], () => {
      told++;
    }),
  );
  await sleep(seconds * 1000);
  for (const subscription of subscriptions) subscription.close();
  await resource.close();
  if (told < listeners) throw new Error(`only ${told} of ${listeners} watchers were told anything`);
  return calls;
}

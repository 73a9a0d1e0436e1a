import { readdir } from "node:fs/promises";
import { startScarf } from "../journey/scarf-in-a-box.js";
import type { FaultPlan } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";
import { SeededRandom } from "./seeded-random.js";
import { Traveller } from "./traveller.js";

export interface FaultTrialOptions {
  /** What happens to requests and answers. */
  readonly plan: (random: SeededRandom, share: number) => FaultPlan;
  /** How often it happens at least. */
  readonly faults: number;
  /** So many at the same time. */
  readonly travellers: number;
  readonly seed: number;
}

export interface FaultReport {
  readonly faults: number;
  readonly journeys: number;
  readonly requests: number;
  /** How often which step ended with which error, before it was repeated. */
  readonly errors: Readonly<Record<string, number>>;
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

/** Users go the whole way through faults until there were enough of them; then everything is compared with what was promised. */
export async function runFaultTrial({
  plan,
  faults,
  travellers,
  seed,
}: FaultTrialOptions): Promise<FaultReport> {
  const names = Array.from({ length: travellers }, (_, index) => `traveller${index}`);
  await using scarf = await startScarf({ otherUsers: names, slots: 2 * travellers });
  const port = Number(new URL(scarf.pacUrl).port);
  const violations: string[] = [];
  const errors: Record<string, number> = {};
  let journeys = 0;
  let done = 0;
  let requests = 0;
  await Promise.all(
    names.map(async (userName, index) => {
      const random = new SeededRandom(seed + index);
      await using proxy = await FaultProxy.start(port, plan(random, 0.3));
      const traveller = new Traveller(scarf, proxy, userName, {
        generation: index % 2 === 0 ? "auto" : "legacy",
      });
      let own = 0;
      while (done < faults) {
        own += 1;
        const journey = await traveller.travel(own).catch((error: unknown) => ({
          errors: [],
          violations: [`journey ${own} of ${userName} ended: ${String(error)}`],
        }));
        violations.push(...journey.violations);
        for (const error of journey.errors) errors[error] = (errors[error] ?? 0) + 1;
        done += proxy.done.length;
        requests += proxy.exchanges.length;
        journeys += 1;
        proxy.reset();
      }
      await traveller.close();
      await proxy.settled();
      const jobs = await (await scarf.local.logIn({ userName })).list();
      const jobNames = jobs.map((job) => job.name).toSorted();
      const expected = Array.from({ length: own }, (_, at) => [`idle-${at + 1}`, `work-${at + 1}`]).flat();
      if (jobNames.join() !== expected.toSorted().join())
        violations.push(
          `${userName} has the jobs ${jobNames.join()} instead of two for each of ${own} journeys`,
        );
    }),
  );
  const left = await readdir(scarf.spool);
  if (left.length > 0) violations.push(`the gateway's spool has ${left.join()}`);
  return { faults: done, journeys, requests, errors, violations };
}

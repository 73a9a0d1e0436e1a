import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isScarfError, type Session, SlurmRestResource } from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OwnCluster, startCluster } from "../cluster/index.js";
import type { Exchange } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";
import { SeededRandom } from "./seeded-random.js";

/** So many bytes lie between one cut and the next; SCARF_CUT_STRIDE=1 tries every byte. */
const stride = Number(process.env["SCARF_CUT_STRIDE"] ?? 29);
const atOnce = 8;
/** Keys of an earlier run are remembered in the users' directories. */
const run = randomUUID();
/** Held, so that nothing runs and all can be counted. */
const spec = { name: "faults", task: { kind: "command", argv: ["true"] }, hold: true } as const;

let cluster: OwnCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 1 });
});
afterAll(() => cluster.stop());

async function logIn(baseUrl: string, lookUpPausesSeconds: readonly number[]): Promise<Session> {
  const resource = new SlurmRestResource({
    id: "cluster",
    baseUrl,
    token: { kind: "key", keyFile: cluster.description.jwtKeyFile },
    sharedFolder: { home: "/home/{user}" },
    lookUpPausesSeconds,
  });
  return resource.logIn({ userName: "alice" });
}

/** What a submit said: an id, or the code of its error. */
async function trySubmit(session: Session, submitKey: string): Promise<string> {
  return session.submit(spec, { submitKey }).catch((error: unknown) => {
    if (isScarfError(error)) return error.code;
    throw error;
  });
}

/** All that the controller has, told by Slurm's own command: submit key → ids. */
async function countByKey(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await cluster.run("root", ["squeue", "-h", "-t", "all", "-o", "%A|%k"]);
  const found = new Map<string, string[]>();
  for (const line of stdout.split("\n")) {
    const [, id = "", key = ""] = /^(\d+)\|.*\[submit-key (\S+)\]$/.exec(line) ?? [];
    if (key !== "") found.set(key, [...(found.get(key) ?? []), id]);
  }
  return found;
}

/** Broken promises, one line each. @param lost - jobs that a killed controller may have forgotten */
function findViolations(
  results: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, readonly string[]>,
  lost = false,
): readonly string[] {
  return [...results].flatMap(([key, result]) => {
    const ids = found.get(key) ?? [];
    if (ids.length > 1) return [`${key}: ${ids.length} jobs`];
    if (/^\d+$/.test(result))
      return ids[0] === result || (lost && ids.length === 0) ? [] : [`${key}: ${result} is ${ids.join()}`];
    if (result === "SUBMIT_AMBIGUOUS") return [];
    return ids.length === 0 ? [] : [`${key}: ${result}, and there is job ${ids.join()}`];
  });
}

function count(results: ReadonlyMap<string, string>): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const result of results.values()) {
    const name = /^\d+$/.test(result) ? "job" : result;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** How many bytes a submit and its answer have. */
async function measureSubmit(port: number): Promise<Exchange> {
  await using proxy = await FaultProxy.start(port);
  const session = await logIn(proxy.origin, []);
  await trySubmit(session, `${run}-measured`);
  const submit = proxy.exchanges.find(({ target }) => target.endsWith("/job/submit"));
  if (submit === undefined) throw new Error("Nothing was submitted");
  return submit;
}

describe("submits to slurmrestd whose connection is cut", () => {
  it("at any byte, make one job of each key, or one that is told as ambiguous", async () => {
    const port = Number(new URL(cluster.description.restUrl).port);
    const { requestBytes, answerBytes } = await measureSubmit(port);
    const upTo = (bytes: number): number[] =>
      Array.from({ length: Math.ceil(bytes / stride) }, (_, at) => at * stride);
    const request = upTo(requestBytes);
    const answer = [...upTo(answerBytes), answerBytes];
    const places = [
      ...request.map((afterBytes) => ({ direction: "request", afterBytes }) as const),
      ...answer.map((afterBytes) => ({ direction: "answer", afterBytes }) as const),
    ];
    const results = new Map<string, string>();
    const queue = [...places.entries()];
    const work = async (): Promise<void> => {
      await using proxy = await FaultProxy.start(port);
      const session = await logIn(proxy.origin, [0.05, 0.2, 0.5]);
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
        const [at, place] = next;
        let isDone = false;
        proxy.plan = ({ target }) => {
          if (isDone || !target.endsWith("/job/submit")) return undefined;
          isDone = true;
          return { ...place, act: { kind: at % 2 === 0 ? "cut" : "reset" } };
        };
        results.set(`${run}-cut-${at}`, await trySubmit(session, `${run}-cut-${at}`));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    const found = await countByKey();
    console.log("slurm-rest cuts", places.length, count(results));
    expect(findViolations(results, found)).toEqual([]);
    expect(count(results)["job"]).toBeGreaterThanOrEqual(answer.length - 1);
    // Asked again, also by another process, none becomes a second job, and what was found stays found.
    const other = await logIn(cluster.description.restUrl, [0.05]);
    for (const [key, result] of [...results].filter((_, at) => at % 25 === 0))
      expect(await trySubmit(other, key)).toBe(result);
    expect(findViolations(results, await countByKey())).toEqual([]);
  });
});

describe("submits while a daemon is killed", () => {
  it.each(["slurmrestd", "slurmctld"] as const)(
    "%s: one job of each key, or one that is told as ambiguous",
    async (daemon) => {
      const session = await logIn(cluster.description.restUrl, [0.5, 1, 2, 4, 4]);
      const random = new SeededRandom(daemon === "slurmrestd" ? 1 : 2);
      const results = new Map<string, string>();
      const isLossy = daemon === "slurmctld";
      for (let round = 0; round < 2; round += 1) {
        const keys = Array.from({ length: 25 }, (_, at) => `${run}-${daemon}-${round}-${at}`);
        const submits = keys.map(async (key) => void results.set(key, await trySubmit(session, key)));
        await sleep(random.below(1500));
        await cluster.kill(daemon);
        await cluster.start(daemon);
        await Promise.all(submits);
        const found = await countByKey();
        expect(findViolations(results, found, isLossy)).toEqual([]);
        // Those that are there are held; of those that the controller has forgotten no end is told.
        const ids = keys.flatMap((key) =>
          /^\d+$/.test(results.get(key) ?? "") ? [results.get(key) ?? ""] : [],
        );
        const phases = await session.status(ids);
        const kept = new Set([...found.values()].flat());
        expect(ids.filter((id) => kept.has(id)).map((id) => phases.get(id)?.phase)).toEqual(
          ids.filter((id) => kept.has(id)).map(() => "held"),
        );
        expect([...phases.values()].filter(({ phase }) => phase === "finished")).toEqual([]);
      }
      console.log("slurm-rest kills", daemon, count(results));
      // Asked again, what has an id keeps it, and an ambiguous one stays so or is found at last.
      const again = await Promise.all(
        [...results].slice(-6).map(async ([key, result]) => [result, await trySubmit(session, key)] as const),
      );
      expect(
        again.filter(
          ([result, now]) => now !== result && !(result === "SUBMIT_AMBIGUOUS" && /^\d+$/.test(now)),
        ),
      ).toEqual([]);
      expect(
        findViolations(results, await countByKey(), isLossy).filter((line) => line.endsWith(" jobs")),
      ).toEqual([]);
    },
  );
});

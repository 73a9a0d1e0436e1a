import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Exchange, FaultPlan } from "./fault.js";
import { FaultProxy, renderAnswer } from "./fault-proxy.js";
import { type Generation, Traveller } from "./traveller.js";

/** One way in which a session ends. */
export interface Ending {
  /** The request at which it ends: its number, or a part of its target, of which the first counts. */
  readonly at: number | string;
  /** Who says so: the gateway, with its codes, or a server that has only the words and statuses of the protocol. */
  readonly told: "by the gateway" | "in the protocol's words";
  /** The password is typed again at once; otherwise the call fails, and is repeated after a log-in. */
  readonly renewed: boolean;
  readonly generation: Generation;
}

export interface ExpiryReport {
  /** Each ending that came about, what was asked for then, and the calls that failed because of it. */
  readonly ends: readonly (Ending & { readonly target: string; readonly errors: readonly string[] })[];
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

/** At each of the first requests of a journey, over both generations, by turns in all ways of telling and of going on. */
export function allEndings(requests: number): readonly Ending[] {
  const generations = ["auto", "legacy"] as const;
  return Array.from({ length: requests }, (_, index) =>
    generations.map((generation, place): Ending => ({
      at: index + 1,
      told: (index + place) % 2 === 0 ? "by the gateway" : "in the protocol's words",
      renewed: index % 4 < 2,
      generation,
    })),
  ).flat();
}

/** At the first request of each of these operations, whenever it comes. */
export function endingsAt(generation: Generation, operations: readonly string[]): readonly Ending[] {
  return operations.map((at, index): Ending => ({
    at,
    told: index % 2 === 0 ? "by the gateway" : "in the protocol's words",
    renewed: index % 4 < 2,
    generation,
  }));
}

/** Lets the session end in one journey after the other, several users at the same time. */
export async function runExpiryTrial(endings: readonly Ending[], travellers: number): Promise<ExpiryReport> {
  const names = Array.from({ length: travellers }, (_, index) => `traveller${index}`);
  await using scarf = await startScarf({ otherUsers: names, slots: 2 * travellers });
  const waiting = [...endings];
  const reports = await Promise.all(names.map((name) => runOne(scarf, name, waiting)));
  return {
    ends: reports.flatMap(({ ends }) => ends),
    violations: reports.flatMap(({ violations }) => violations),
  };
}

async function runOne(scarf: ScarfInABox, userName: string, waiting: Ending[]): Promise<ExpiryReport> {
  await using proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const ends: ExpiryReport["ends"][number][] = [];
  const violations: string[] = [];
  let journeys = 0;
  for (let ending = waiting.shift(); ending !== undefined; ending = waiting.shift()) {
    const { at, told, renewed, generation } = ending;
    const found: Exchange[] = [];
    proxy.reset();
    proxy.plan = endSessionAt(at, scarf.pacUrl, told, (exchange) => void found.push(exchange));
    journeys += 1;
    const traveller = new Traveller(scarf, proxy, userName, {
      answersRenewal: renewed,
      generation,
      // A call that is only slow must not be repeated.
      timeoutSeconds: 30,
    });
    const { errors, violations: own } = await traveller.travel(journeys);
    await traveller.close();
    const [ended] = found;
    const note = (what: string): void =>
      void violations.push(`${JSON.stringify(ending)} ${ended?.target}: ${what}`);
    own.forEach(note);
    // Before the log-in there is no session, and one journey has more polls than another.
    if (ended === undefined) continue;
    const { target } = ended;
    ends.push({ ...ending, target, errors });
    const logIns = proxy.exchanges.filter((exchange) => exchange.target === tokenPage).length;
    const isLogOut = target.includes("/logout");
    if (logIns !== (isLogOut ? 1 : 2)) note(`${logIns} log-ins`);
    const wanted = renewed || isLogOut ? 0 : 1;
    if (errors.length !== wanted) note(`${errors.length} calls failed: ${errors.join()}`);
    const uploads = proxy.exchanges.filter((exchange) => isUpload(exchange)).length;
    // The one that was refused is sent once more, and none of the others.
    const most = uploadsOfAJourney + (isUpload(ended) ? 1 : 0);
    if (uploads > most) note(`${uploads} uploads`);
  }
  const jobs = await (await scarf.local.logIn({ userName })).list();
  if (jobs.length !== 2 * journeys)
    violations.push(`${userName} has ${jobs.length} jobs after ${journeys} journeys with two each`);
  return { ends, violations };
}

const tokenPage = "/cgi-bin/token.py";
/** Three files as they are, and one in three chunks. */
const uploadsOfAJourney = 6;

/** A question for the chunks that are there already sends nothing. */
function isUpload({ method, target }: Exchange): boolean {
  return method === "POST" && /\/up(?:large)?file\//.test(target);
}

/** Ends the session at the gateway while one of its requests waits at the proxy. */
export function endSessionAt(
  at: Ending["at"],
  pacUrl: string,
  told: Ending["told"],
  onEnd: (exchange: Exchange) => void,
): FaultPlan {
  let hasEnded = false;
  return async (exchange) => {
    const cookie = /^cookie: *(.*)$/im.exec(exchange.head)?.[1]?.trim() ?? "";
    // Without a token there is no session yet.
    const { number: current, target } = exchange;
    const isIt = typeof at === "number" ? current === at : !hasEnded && target.includes(at);
    if (!isIt || cookie.length < 100 || target.includes("/ping")) return undefined;
    hasEnded = true;
    onEnd(exchange);
    await fetch(`${pacUrl}webservice/pacclient/logout/`, { headers: { cookie } });
    return told === "by the gateway" ? undefined : { instead: answerInWords(exchange) };
  };
}

const words = "Your current login session was logout";

/** How a server of IBM's says it, which knows nothing of our codes: in each operation's own form. */
function answerInWords({ target }: Exchange): string {
  if (/\/file\/|\/ws\//.test(target)) return renderAnswer("403 Forbidden", "text/plain", "");
  if (/\/(?:jobfiles|up(?:large)?file|logout)\b/.test(target))
    return renderAnswer("200 OK", "text/plain", words);
  const root = /\/jobs\b/.test(target) ? "Jobs" : "Job";
  return renderAnswer(
    "200 OK",
    "application/xml",
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><${root}><errMsg>${words}</errMsg></${root}>`,
  );
}

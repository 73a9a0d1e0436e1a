import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";
import { renderTokenCookie } from "scarf-tomo/wire";
import { SeededRandom } from "../faults/seeded-random.js";
import type { CrowdedGateway } from "./crowded-gateway.js";
import { Latencies, type Latency } from "./latencies.js";
import { type MemoryUse, MemoryWatch } from "./process-memory.js";

export interface LoadOptions {
  readonly connections: number;
  readonly requests: number;
  /** So many wait for their answers at the same time, on connections that take turns. */
  readonly atOnce: number;
}

export interface LoadReport {
  readonly seconds: number;
  /** Connections that were open at the same time. */
  readonly connections: number;
  readonly requestsPerSecond: number;
  readonly latency: Readonly<Record<string, Latency>>;
  /** Of the gateway. */
  readonly memory: MemoryUse;
  /** Answers that showed somebody else's jobs, were wrong, or did not come; empty when all was right. */
  readonly violations: readonly string[];
}

/** Everybody logs in, and then looks at their jobs and files, all at once; each answer is searched for what is not theirs. */
export async function runLoad(
  gateway: CrowdedGateway,
  jobsEach: number,
  { connections, requests, atOnce }: LoadOptions,
): Promise<LoadReport> {
  const agent = new Agent({
    keepAlive: true,
    maxSockets: connections,
    maxFreeSockets: connections,
    scheduling: "fifo",
  });
  const load = new Load(gateway, jobsEach, agent);
  await load.logInAll();
  await load.open(connections);
  const watch = new MemoryWatch(gateway.pid);
  const begun = performance.now();
  let asked = 0;
  const askOn = async (): Promise<void> => {
    while (asked < requests) {
      asked += 1;
      await load.ask();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, askOn));
  const seconds = (performance.now() - begun) / 1000;
  const memory = watch.stop();
  const open = Object.values(agent.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
  agent.destroy();
  return {
    seconds,
    requestsPerSecond: requests / seconds,
    connections: open,
    latency: load.latencies.summarise(),
    memory,
    violations: load.violations,
  };
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

class Load {
  readonly latencies = new Latencies();
  readonly violations: string[] = [];
  readonly #gateway: CrowdedGateway;
  readonly #jobsEach: number;
  readonly #agent: Agent;
  readonly #random = new SeededRandom(1);
  readonly #tokens: string[] = [];

  constructor(gateway: CrowdedGateway, jobsEach: number, agent: Agent) {
    this.#gateway = gateway;
    this.#jobsEach = jobsEach;
    this.#agent = agent;
  }

  async logInAll(): Promise<void> {
    const { userNames, password } = this.#gateway;
    await Promise.all(
      userNames.map(async (name, place) => {
        const begun = performance.now();
        const logon = `<User><name>${name}</name> <pass>${password}</pass> </User>`;
        const { body } = await this.#send("logon/", "", logon);
        this.latencies.add("log in", performance.now() - begun);
        const token = /<token>(.*)<\/token>/.exec(body)?.[1]?.replaceAll("&quot;", '"');
        if (token === undefined) this.violations.push(`${name} was not logged in: ${body}`);
        this.#tokens[place] = token ?? "";
      }),
    );
  }

  /** As many connections as are to be kept. */
  async open(connections: number): Promise<void> {
    await Promise.all(Array.from({ length: connections }, () => this.#send("ping/", "")));
  }

  /** One of the things that people do, for a user who is chosen by chance. */
  async ask(): Promise<void> {
    const place = this.#random.below(this.#tokens.length);
    const number = 1 + this.#random.below(this.#jobsEach);
    const dice = this.#random.next();
    try {
      if (dice < 0.6) await this.#list(place);
      else if (dice < 0.8) await this.#one(place, place, number);
      else if (dice < 0.9) await this.#one(place, this.#another(place), number);
      else await this.#files(place, this.#random.chance(0.5) ? place : this.#another(place), number);
    } catch (error) {
      this.violations.push(`no answer: ${String(error)}`);
    }
  }

  async #list(place: number): Promise<void> {
    const { body } = await this.#measure("list of jobs", place, "jobs?user=&details=yes&past=");
    this.#expect(body, place, this.#jobsEach, "the list of jobs");
  }

  async #one(place: number, owner: number, number: number): Promise<void> {
    const path = `jobs?id=${this.#gateway.jobId(owner, number)}&user=&details=yes&past=`;
    const { body } = await this.#measure("one job", place, path);
    this.#expect(body, place, owner === place ? 1 : 0, `a job of ${this.#name(owner)}`);
  }

  async #files(place: number, owner: number, number: number): Promise<void> {
    const path = `jobfiles/${this.#gateway.jobId(owner, number)}`;
    const { body } = await this.#measure("list of files", place, path);
    if (owner !== place && (body.includes("/") || body.includes(this.#name(owner))))
      this.violations.push(`${this.#name(place)} was shown files of ${this.#name(owner)}: ${body}`);
  }

  /** So many jobs, and nothing that bears somebody else's name. */
  #expect(body: string, place: number, count: number, what: string): void {
    const own = this.#name(place);
    const names = body.match(/user\d{3}-job-\d+/g) ?? [];
    const jobs = new Set(names);
    if (jobs.size !== count || names.some((name) => !name.startsWith(`${own}-`)))
      this.violations.push(
        `${own}, who asked for ${what}, was shown ${jobs.size} jobs: ${body.slice(0, 500)}`,
      );
    for (const other of body.match(/user\d{3}/g) ?? [])
      if (other !== own) this.violations.push(`${own}, who asked for ${what}, was shown the name ${other}`);
  }

  #name(place: number): string {
    return this.#gateway.userNames[place] ?? "";
  }

  #another(place: number): number {
    return (place + 1 + this.#random.below(this.#tokens.length - 1)) % this.#tokens.length;
  }

  async #measure(operation: string, place: number, path: string): Promise<Answer> {
    const begun = performance.now();
    const answer = await this.#send(path, this.#tokens[place] ?? "");
    this.latencies.add(operation, performance.now() - begun);
    if (answer.status !== 200) this.violations.push(`${operation}: HTTP ${answer.status} ${answer.body}`);
    return answer;
  }

  #send(path: string, token: string, body = ""): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = {
        Cookie: renderTokenCookie(token),
        Accept: "text/plain,application/xml,text/xml,multipart/mixed",
        "Content-Length": Buffer.byteLength(body),
      };
      const url = `${this.#gateway.pacUrl}webservice/pacclient/${path}`;
      request(url, { agent: this.#agent, headers }, (message) => {
        text(message).then((all) => resolve({ status: message.statusCode ?? 0, body: all }), reject);
      })
        .on("error", reject)
        .end(body);
    });
  }
}

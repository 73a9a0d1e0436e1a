import { mkdtemp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { LocalResource } from "scarf-tomo";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Gateway, startGateway } from "./server/start-gateway.js";
import { alterResource } from "./testing/altered-resource.js";
import { password, startFixture } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit } from "./testing/recorded.js";
import { removeFolder } from "./testing/remove-folder.js";
import { sendTogether } from "./testing/send-together.js";
import { waitFor } from "./testing/wait-for.js";
import { addUser, removeUser } from "./users/users.js";

const legacy = "/platform/webservice/pacclient";

/** As programs that watch jobs send it. */
function ask(cookie: string, path = `${legacy}/jobs`, headers = ""): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: platform_token=${cookie}\r\n${headers}\r\n`;
}

function times<Value>(count: number, value: Value): readonly Value[] {
  return Array.from({ length: count }, () => value);
}

function ownersIn({ text }: RawAnswer): string {
  return [...new Set(text.match(/job-of-(?:anna|bob)/g))].join();
}

describe("requests that are the same and come together", () => {
  let folder: string;
  let port: number;
  let gateway: Gateway;
  let resource: LocalResource;
  let lists = 0;
  const submitted: [cookie: string, id: string][] = [];
  let cookies: Readonly<Record<"anna" | "bob", string>>;
  const usersFile = (): string => join(folder, "state", "users");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-shared-"));
    for (const name of ["anna", "bob", "eve"]) await addUser(usersFile(), name, password);
    resource = new LocalResource({ id: "local", workspace: join(folder, "workspace"), idleSeconds: 0.2 });
    const counting = alterResource(resource, {}, (session) => ({
      list: (query, options) => {
        lists += 1;
        return session.list(query, options);
      },
    }));
    gateway = await startGateway(
      {
        listen: "127.0.0.1:0",
        stateDirectory: join(folder, "state"),
        log: { file: join(folder, "gateway.log"), auditFile: join(folder, "audit.log") },
        limits: { loginDelaySeconds: 0, requestsPerSecond: 500 },
      },
      { resources: [counting] },
    );
    port = Number(new URL(gateway.url).port);
    cookies = { anna: await logOn("anna"), bob: await logOn("bob") };
    for (const name of ["anna", "bob"] as const) {
      await submit(cookies[name], `job-of-${name}`);
      // A job that starts in the middle of a test changes what the answers say.
      await waitFor(async () =>
        (await sendRaw(port, ask(cookies[name]))).text.includes("<status>Running<") ? true : undefined,
      );
    }
  });
  afterAll(async () => {
    for (const [cookie, id] of submitted)
      await sendRaw(port, ask(cookie, `${legacy}/jobOperation/kill/${id}`));
    await gateway.close();
    await resource.close();
    await removeFolder(folder);
  });

  async function logOn(name: string): Promise<string> {
    const body = `<User><name>${name}</name> <pass>${password}</pass> </User>`;
    const { text } = await sendRaw(
      port,
      `GET ${legacy}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const token = /<token>(.*)<\/token>/.exec(text)?.[1];
    if (token === undefined) throw new Error(text);
    return token.replaceAll(/"|&quot;/g, "#quote#");
  }

  async function submit(cookie: string, name: string): Promise<string> {
    const { text } = await sendRaw(
      port,
      pacSubmit(cookie, { parameters: { JOB_NAME: name, COMMANDTORUN: "sleep 60" } }),
    );
    const id = /<id>([1-9]\d*)</.exec(text)?.[1];
    if (id === undefined) throw new Error(text);
    submitted.push([cookie, id]);
    return id;
  }

  async function linesOf(name: "audit.log" | "gateway.log", operation: string): Promise<number> {
    const text = await readFile(join(folder, name), "utf8");
    return text.split("\n").filter((line) => line.includes(`"operation":"${operation}"`)).length;
  }

  async function countOf(metric: string): Promise<number> {
    const { text } = await sendRaw(port, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const line = text.split("\n").find((one) => one.startsWith(`${metric} `));
    return Number(line?.slice(metric.length + 1) ?? 0);
  }

  it.each([
    ["jobs", `${legacy}/jobs`],
    ["jobsforname", `${legacy}/jobsForName/job*`],
    ["ws/jobs", "/platform/ws/jobs"],
    ["ws/jobs/summary", "/platform/ws/jobs/summary"],
  ])("%s: get copies of one answer, and each is counted and told", async (operation, path) => {
    const count = 150;
    const metric = `scarf_gateway_requests_total{operation="${operation}",outcome="ok"}`;
    const seconds = `scarf_gateway_request_seconds_count{operation="${operation}"}`;
    // How many the gateway finds in one turn is the system's affair.
    await waitFor(async () => {
      const told = async (): Promise<readonly number[]> => [
        await linesOf("audit.log", operation),
        await linesOf("gateway.log", operation),
        await countOf(metric),
        await countOf(seconds),
      ];
      const [before, listsBefore] = [await told(), lists];
      const answers = await sendTogether(port, times(count, ask(cookies.anna, path)));
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
      expect(answers[0]?.text).toMatch(/job-of-anna|<total>1<|<\w+>1</);
      // What is noted of an answer may be written just after it has gone.
      await vi.waitFor(async () => {
        expect(await told()).toEqual(before.map((number) => number + count));
      });
      return lists - listsBefore < 20 ? true : undefined;
    });
  });

  it("of two users, mixed with one another: nobody gets the other's", async () => {
    const requests = Array.from({ length: 100 }, (_, place) =>
      ask(cookies[place % 2 === 0 ? "anna" : "bob"], place % 3 === 0 ? "/platform/ws/jobs" : undefined),
    );
    for (let round = 0; round < 3; round++) {
      const answers = await sendTogether(port, requests);
      for (const [place, answer] of answers.entries())
        expect([place, ownersIn(answer)]).toEqual([place, `job-of-${place % 2 === 0 ? "anna" : "bob"}`]);
    }
  });

  it("differ by any header: each has its own form", async () => {
    const forms = ["application/xml", "application/json"];
    const requests = Array.from({ length: 100 }, (_, place) =>
      ask(cookies.anna, "/platform/ws/jobs", `Accept: ${forms[place % 2]}\r\n`),
    );
    const answers = await sendTogether(port, requests);
    expect(answers.map(({ headers }) => headers.get("content-type"))).toEqual(
      requests.map((_, place) => `${forms[place % 2]}; charset=utf-8`),
    );
  });

  it("with a body are answered one by one", async () => {
    const bodies = ["ids=1", "ids=2"].map((body) => `Content-Length: ${body.length}\r\n`);
    const requests = Array.from(
      { length: 20 },
      (_, place) => `${ask(cookies.anna, "/platform/ws/jobs", bodies[place % 2])}ids=${1 + (place % 2)}`,
    );
    for (const { status } of await sendTogether(port, requests)) expect(status).toBe(200);
  });

  it("show what was done just before", async () => {
    for (let round = 0; round < 5; round++) {
      // Others of the same kind are under way all the time.
      const watching = sendTogether(port, times(100, ask(cookies.bob)));
      const id = await submit(cookies.bob, `new-${round}`);
      const answers = await sendTogether(port, times(50, ask(cookies.bob)));
      for (const { text } of answers) expect(text).toContain(`new-${round}<`);
      await sendRaw(port, ask(cookies.bob, `${legacy}/jobOperation/kill/${id}`));
      for (const { text } of await sendTogether(port, times(50, ask(cookies.bob))))
        expect(text).toMatch(new RegExp(`<id>${id}</id>(?:(?!</Job>).)*<status>(?!Pending<)`));
      await watching;
    }
  });

  it("end with the session: nobody is answered after a log-out, or when the user was removed", async () => {
    const [first, second] = [await logOn("eve"), await logOn("eve")];
    const outcomes = async (cookie: string): Promise<ReadonlySet<string | undefined>> =>
      new Set(
        (await sendTogether(port, times(100, ask(cookie)))).map(({ headers }) =>
          headers.get("scarf-error-code"),
        ),
      );
    expect([...(await outcomes(first))]).toEqual([undefined]);
    await sendRaw(port, ask(first, `${legacy}/logout/`));
    expect([...(await outcomes(first))]).toEqual(["SESSION_EXPIRED"]);
    expect([...(await outcomes(second))]).toEqual([undefined]);
    await removeUser(usersFile(), "eve");
    expect([...(await outcomes(second))]).toEqual(["SESSION_EXPIRED"]);
  });
});

it("over the limit of their user wait and are refused as if each had come alone", async () => {
  await using fixture = await startFixture({ limits: { requestsPerSecond: 10 } });
  const cookie = await fixture.logOn();
  const begun = performance.now();
  const answers = await sendTogether(fixture.port, times(150, ask(cookie)));
  const seconds = (performance.now() - begun) / 1000;
  const codes = answers.map(({ headers }) => headers.get("scarf-error-code"));
  const answered = codes.filter((code) => code === undefined).length;
  // Two seconds' worth at once, two seconds' worth after a while, and what the time has brought.
  expect(answered).toBeGreaterThanOrEqual(40);
  expect(answered).toBeLessThanOrEqual(41 + 10 * seconds);
  expect(seconds).toBeGreaterThan(1.5);
  expect(codes.filter((code) => code === "RATE_LIMITED")).toHaveLength(150 - answered);
});

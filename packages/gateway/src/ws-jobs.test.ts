import { parseJobsSummary, parseWsActionResults } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";

const form = "Content-Type: application/x-www-form-urlencoded";

describe("job lists of the current generation", () => {
  let fixture: GatewayFixture;
  let token: string;
  const ids: string[] = [];
  beforeAll(async () => {
    fixture = await startFixture();
    token = await fixture.logOn();
    for (const [name, command] of [
      ["one", "true"],
      ["two", "exit 3"],
      ["three *", "true"],
      ["four", "sleep 60"],
    ] as const) {
      const { text } = await sendRaw(
        fixture.port,
        pacSubmit(token, { parameters: { JOB_NAME: name, COMMANDTORUN: command } }),
      );
      ids.push(/<id>(\d+)</.exec(text)?.[1] ?? text);
    }
    await waitFor(async () => {
      const counts = parseJobsSummary((await get("jobs/summary")).text);
      return counts.get("DONE") === 2 && counts.get("EXIT") === 1 && counts.get("RUNNING") === 1
        ? true
        : undefined;
    });
  });
  afterAll(async () => {
    await post("jobs/kill", `ids=${ids[3]}`);
    await fixture[Symbol.asyncDispose]();
  });

  const headers = (): readonly string[] => [`Cookie: platform_token=${token}`, "Accept: application/json"];
  const get = (path: string): Promise<RawAnswer> => wsCall(fixture.port, { path, headers: headers() });
  const post = (path: string, body: string): Promise<RawAnswer> =>
    wsCall(fixture.port, { path, headers: [...headers(), form], body });
  const namesOf = (text: string): readonly string[] =>
    [...text.matchAll(/"jobName":"([^"]*)"/g)].map(([, name = ""]) => name);

  it.each([
    ["", ["four", "three *", "two", "one"]],
    ["status=DONE", ["three *", "one"]],
    ["status=done,Exit", ["three *", "two", "one"]],
    ["status=RUNNING&jobname=f*", ["four"]],
    ["jobname=t*", ["three *", "two"]],
    [`username=${userName}`, ["four", "three *", "two", "one"]],
    ["username=all", ["four", "three *", "two", "one"]],
    ["queuename=nosuch", []],
    ["hostname=nosuch", []],
    ["startIndex=0&count=2", ["four", "three *"]],
    ["startIndex=2&count=2", ["two", "one"]],
    ["startIndex=3", ["one"]],
    ["count=1&status=DONE", ["three *"]],
    ["count=0", []],
    ["startIndex=100&count=5", []],
  ])("are filtered and cut: %s", async (query, names) => {
    for (const path of ["jobs", "jobs/basicinfo", "jobs/fullinfo"]) {
      const { status, text } = await get(`${path}?${query}`);
      expect([path, status, namesOf(text)]).toEqual([path, 200, names]);
    }
  });

  it("tell the length of the whole list beside a page, in both forms", async () => {
    const json = JSON.parse((await get("jobs?startIndex=1&count=1")).text) as unknown;
    expect(json).toMatchObject({ "@total": "4", "@startIndex": "1", pseudoJob: { jobName: "three *" } });
    const xml = await wsCall(fixture.port, {
      path: "jobs?startIndex=1&count=1",
      headers: [`Cookie: platform_token=${token}`],
    });
    expect(xml.text).toContain('total="4" startIndex="1">');
    expect(xml.text.match(/<pseudoJob>/g)).toHaveLength(1);
  });

  it.each(["startIndex=-1", "count=x", "count=1.5", "count=9999999999", "status=Exited", "status=,"])(
    "say what is wrong with %s",
    async (query) => {
      const answer = await get(`jobs?${query}`);
      expect([answer.status, answer.headers.get("scarf-error-code")]).toEqual([400, "PROPERTY_INVALID"]);
    },
  );

  it("have a summary, which filters hold for too", async () => {
    const all = await get("jobs/summary");
    expect(all.text).toContain(
      '{"@total":"4","state":[{"jobs":0,"name":"PENDING"},{"jobs":1,"name":"RUNNING"},',
    );
    expect(Object.fromEntries(parseJobsSummary((await get("jobs/summary?jobname=t*")).text))).toEqual({
      PENDING: 0,
      RUNNING: 0,
      SUSPENDED: 0,
      DONE: 1,
      EXIT: 1,
      UNKNOWN: 0,
    });
    const xml = await wsCall(fixture.port, {
      path: "jobs/summary",
      headers: [`Cookie: platform_token=${token}`],
    });
    expect(xml.text).toContain('<jobsSummary total="4"><state><jobs>0</jobs><name>PENDING</name></state>');
  });

  it("what became of each of several jobs is told for each", async () => {
    const [finished = "", , , running = ""] = ids;
    const mixed = await post("jobs/kill", `ids=${finished},${running},999999`);
    expect([mixed.status, mixed.headers.get("scarf-error-code")]).toEqual([400, "USAGE_INVALID"]);
    expect(parseWsActionResults(mixed.text).map(({ jobId, done }) => [jobId, done])).toEqual([
      [finished, false],
      [running, true],
      ["999999", false],
    ]);
    const one = await post("jobs/kill", `ids=${finished}`);
    expect([one.status, one.text]).toEqual([
      400,
      `{"message":"Job <${finished}>: Job has already finished"}`,
    ]);
  });
});

import { hostname } from "node:os";
import { parseNotificationSettings, parseQueues } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";

describe("notifications and the cluster's own state", () => {
  let fixture: GatewayFixture;
  let token: string;
  let id: string;
  beforeAll(async () => {
    fixture = await startFixture();
    token = await fixture.logOn();
    const { text } = await sendRaw(fixture.port, pacSubmit(token, { parameters: { COMMANDTORUN: "true" } }));
    id = /<id>(\d+)</.exec(text)?.[1] ?? text;
    await waitFor(async () => ((await get(`jobs/${id}`)).text.includes("DONE") ? true : undefined));
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const get = (path: string, accept = "application/xml"): Promise<RawAnswer> =>
    wsCall(fixture.port, { path, headers: [`Cookie: platform_token=${token}`, `Accept: ${accept}`] });

  /** As pac's Python 3 client sends it. */
  const register = (job: string, params: string): Promise<RawAnswer> =>
    wsCall(fixture.port, {
      path: `notifications/register?workloadId=${job}`,
      headers: [`cookie: platform_token=${token}`, "content-type: application/xml"],
      body: `<NotificationParams>\n${params}\n</NotificationParams>`,
    });
  const param = (name: string, value: string): string =>
    `<AppParam><id>${name}</id><value>${value}</value></AppParam>`;

  async function valuesOf(path: string): Promise<Readonly<Record<string, string>>> {
    const { settings } = parseNotificationSettings((await get(path)).text);
    return Object.fromEntries(settings.map((setting) => [setting.id, setting.value]));
  }

  it("pac: settings are remembered for the user and the job, over a restart", async () => {
    // The content type is the one that pac's Python 3 client sends.
    const first = await wsCall(fixture.port, {
      path: "notifications/settings",
      headers: ["content-type: plain/text", `cookie: platform_token=${token}`],
    });
    expect(first.text).toContain(`<UserEmail>-</UserEmail><UserName>${userName}</UserName>`);
    expect(await valuesOf("notifications/settings")).toEqual({
      NOTIFY_ENABLE: "N",
      NOTIFY_EVENTS: "-",
      NOTIFY_CHANNELS: "-",
    });
    const set = await register(
      id,
      param("NOTIFY_ENABLE", "Y") + param("NOTIFY_EVENTS", "END,EXIT") + param("NOTIFY_CHANNELS", "EMAIL"),
    );
    expect([set.status, set.text]).toEqual([
      200,
      expect.stringContaining("are kept. This service itself sends no notifications.</message>"),
    ]);
    await fixture.restart();
    const wanted = { NOTIFY_ENABLE: "Y", NOTIFY_EVENTS: "END,EXIT", NOTIFY_CHANNELS: "EMAIL" };
    expect(await valuesOf("notifications/settings")).toEqual(wanted);
    expect(await valuesOf(`notifications/settings?workloadId=${id}`)).toEqual(wanted);
    const off = await register(id, param("NOTIFY_ENABLE", "n"));
    expect(off.text).toContain(`No notifications are sent about job ${id}.`);
    expect(await valuesOf("notifications/settings")).toMatchObject({
      NOTIFY_ENABLE: "N",
      NOTIFY_EVENTS: "-",
    });
  });

  it.each([
    ["", param("NOTIFY_ENABLE", "Y"), 400, "names no job"],
    ["999999", param("NOTIFY_ENABLE", "Y"), 404, "999999"],
    ["ID", "", 400, "sets nothing"],
    ["ID", param("NOTIFY_ENABLE", "perhaps"), 400, "PERHAPS"],
    ["ID", param("NOTIFY_EVENTS", "END,LUNCH"), 400, "LUNCH"],
    ["ID", param("NOTIFY_SMELL", "Y"), 400, "NOTIFY_SMELL"],
    ["ID", "<AppParam>", 400, ""],
  ])("settings that can't be kept are refused: %s %s", async (job, params, status, words) => {
    const answer = await register(job.replace("ID", id), params);
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
  });

  it("queues, hosts and the cluster tell what the resource tells, in both forms", async () => {
    const queues = parseQueues((await get("queues")).text);
    expect(queues).toEqual([
      expect.objectContaining({ name: "local", isDefault: true, totalCores: 2, acceptsJobs: true }),
    ]);
    expect(parseQueues((await get("queues", "application/json")).text)).toEqual(queues);
    const hosts = await get("hosts");
    expect(hosts.text).toContain(
      `<hosts total="1"><host><name>${hostname()}</name><numRun>0</numRun></host></hosts>`,
    );
    const cluster = await get("clusters/local", "application/json");
    expect(JSON.parse(cluster.text)).toMatchObject({ kind: "local", name: "local" });
  });
});

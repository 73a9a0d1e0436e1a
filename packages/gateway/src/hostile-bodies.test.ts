import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findUnclearAnswers } from "./testing/find-unclear-answers.js";
import { HostileGateway } from "./testing/hostile-gateway.js";
import { hostileHttp } from "./testing/hostile-http.js";
import { hostileMultipart, multipartCalls } from "./testing/hostile-multipart.js";
import { xmlAttacks } from "./testing/hostile-xml.js";

describe("requests that no client sends", () => {
  let gateway: HostileGateway;
  beforeAll(async () => {
    gateway = await HostileGateway.start();
  });
  afterAll(() => gateway[Symbol.asyncDispose]());

  async function expectUnharmed(mostBytes: number): Promise<void> {
    const { newFiles, peakGrowthBytes, served } = await gateway.damage();
    expect([newFiles, served]).toEqual([[], true]);
    expect(peakGrowthBytes).toBeLessThan(mostBytes);
  }

  it("XML: each document is refused in a clear form", async () => {
    await gateway.mark();
    expect(await findUnclearAnswers(gateway, xmlAttacks(gateway, 100_000, { everyCall: false }))).toEqual([]);
    await expectUnharmed(150_000_000);
  });

  it("multipart: each body is refused in a clear form, and nothing of it is kept", async () => {
    await gateway.mark();
    // Each body at one call; the long run has all of them.
    const calls = Object.values(multipartCalls);
    const names = Object.keys(hostileMultipart(gateway, "", 10));
    const attacks = names.flatMap((name, index) => {
      const call = calls[index % calls.length] ?? "";
      const attack = hostileMultipart(gateway, call, 100_000)[name];
      return attack === undefined ? [] : [{ name: `${name}, ${call}`, attack }];
    });
    expect(await findUnclearAnswers(gateway, attacks)).toEqual([]);
    await expectUnharmed(200_000_000);
  });

  it("HTTP: broken and bent requests are refused, and none is smuggled in behind another", async () => {
    await gateway.mark();
    const wrong: unknown[] = [];
    for (const [name, { statuses, mostAnswers = 1, ...attack }] of Object.entries(hostileHttp(gateway))) {
      const { answer, answers, seconds } = await gateway.attack(attack);
      const right = answer === undefined ? statuses.length === 0 : statuses.includes(answer.status);
      if (!right || answers > mostAnswers || seconds > 5)
        wrong.push([name, answer?.status, answers, seconds]);
    }
    expect(wrong).toEqual([]);
    await expectUnharmed(150_000_000);
  });

  it("the log-in page: forms and queries without end or sense are a wrong password, or told as what they are", async () => {
    await gateway.mark();
    const form = (body: string): readonly (string | Buffer)[] =>
      gateway.request("POST /cgi-bin/token.py", body, "Content-Type: application/x-www-form-urlencoded");
    const query = (text: string): readonly string[] => [gateway.head(`GET //cgi-bin/token.py?${text}`)];
    const wrong: unknown[] = [];
    for (const [bytes, said] of [
      [form("x".repeat(2_000_000)), /larger than/],
      [form("&".repeat(900_000)), /missing/],
      [form(`username=${"x".repeat(400_000)}&password=y`), /wrong/],
      [form("username=%zz%&password=%00%FF"), /wrong/],
      [form("username[]=a&password=b"), /missing/],
      [form('{"username":"a","password":"b"}'), /missing/],
      [form("username=__proto__&password=constructor"), /wrong/],
      [query(`username=${"x".repeat(15_000)}&password=y`), /wrong/],
      [query("username=../../root&password=%41%"), /wrong/],
      [query("&".repeat(15_000)), /missing/],
    ] as const) {
      const { answer, seconds } = await gateway.attack({ bytes });
      if (answer?.status !== 200 || !said.test(answer.text) || answer.text.includes("http") || seconds > 5)
        wrong.push([String(bytes[0]).slice(0, 80), answer?.status, answer?.text.slice(0, 200), seconds]);
    }
    expect(wrong).toEqual([]);
    await expectUnharmed(150_000_000);
  });
});

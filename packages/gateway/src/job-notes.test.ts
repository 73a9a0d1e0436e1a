import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit, type SubmitBody } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";

const base = "/platform/webservice/pacclient";

/** What a form says and the resource does not keep: application and group; and commands that choose jobs by it. */
describe("applications and groups of jobs", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture();
    cookie = await fixture.logOn();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  async function submit(
    name: string,
    more: SubmitBody["parameters"],
    application = "generic",
  ): Promise<string> {
    const parameters = { JOB_NAME: name, ...more };
    const { text } = await sendRaw(fixture.port, pacSubmit(cookie, { application, parameters }));
    return /<id>(\d+)<\/id>/.exec(text)?.[1] ?? text;
  }

  async function idsOf(query: string): Promise<readonly string[]> {
    const { text } = await fixture.get(`${base}/jobs?${query}`, cookie);
    return [...text.matchAll(/<id>([^<]*)<\/id>/g)].map(([, id = ""]) => id).toSorted();
  }

  const command = (text: string): Promise<RawAnswer> => {
    const body = `<UserCmd><cmd>${text}</cmd></UserCmd>`;
    return sendRaw(
      fixture.port,
      `POST ${base}/userCmd HTTP/1.1\r\nHost: x\r\ncontent-type: application/xml\r\ncookie: platform_token=${cookie}\r\naccept: text/xml\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
  };

  const phaseIs = (id: string, word: string): Promise<true> =>
    waitFor(async () =>
      (await fixture.get(`${base}/jobs?id=${id}`, cookie)).text.includes(`<status>${word}<`)
        ? true
        : undefined,
    );

  it("are shown in both generations, for elements of arrays too, and after a restart", async () => {
    const plain = await submit("plain", { COMMANDTORUN: "true" }, "generic:mine");
    const grouped = await submit("grouped", {
      COMMANDTORUN: "sleep 60",
      EXTRA_PARAMS: `-R 'select[type==any]' -g "/tomo/night" -Jd 'a "b" c'`,
    });
    const array = await submit("many", { COMMANDTORUN: "true", EXTRA_PARAMS: "-J many[1-2] -g tomo/" });
    await fixture.restart();
    const long = async (id: string): Promise<string> =>
      (await fixture.get(`${base}/jobs?id=${id}&user=&details=yes&past=`, cookie)).text;
    expect(await long(plain)).toContain("<appType>generic</appType>");
    expect(await long(plain)).toContain("<groupName>-</groupName>");
    expect(await long(grouped)).toContain("<groupName>/tomo/night</groupName>");
    // The other options of the same line are still there.
    expect(await long(grouped)).toContain("<description>a &quot;b&quot; c");
    expect(await long(`${array}[2]`)).toContain("<groupName>/tomo</groupName>");
    const ws = await wsCall(fixture.port, {
      path: `jobs/${grouped}`,
      headers: [`Cookie: platform_token=${cookie}`],
    });
    expect(ws.text).toContain("<application>generic</application>");
    expect(ws.text).toContain("<jobGroup>/tomo/night</jobGroup>");
    expect(await idsOf("group=%2Ftomo%2Fnight&user=")).toEqual([grouped]);
    expect(await idsOf("group=%2Ftomo&user=")).toEqual([`${array}[1]`, `${array}[2]`]);
    expect(await idsOf("group=/&user=")).toEqual([plain]);
    await command(`bkill ${grouped}`);
    await phaseIs(grouped, "Exit");
    for (const element of [plain, `${array}[1]`, `${array}[2]`]) await phaseIs(element, "Done");
  });

  it("bkill 0 ends all jobs of the user and says so; a filter chooses among them", async () => {
    const run = { COMMANDTORUN: "sleep 60" };
    const ids = [
      await submit("a1", { ...run, EXTRA_PARAMS: "-g /a" }),
      await submit("a2", { ...run, EXTRA_PARAMS: "-g /a" }),
      await submit("b1", run),
      await submit("b2", run),
    ];
    expect((await command("bkill -g /nosuch 0")).text).toContain("<errMsg>No matching job found</errMsg>");
    const inGroup = await command("bkill -g /a 0");
    expect(inGroup.text.match(/is being terminated/g)).toHaveLength(2);
    for (const id of ids.slice(0, 2)) await phaseIs(id, "Exit");
    // A filter alone means the job that was submitted last.
    expect((await command("bstop -J b*")).text).toContain(
      `<cmdMsg>Job &lt;${ids[3]}&gt; is being stopped</cmdMsg>`,
    );
    expect((await command("bresume 0")).text).toContain(`Job &lt;${ids[3]}&gt; is being resumed`);
    expect((await command("bkill -u somebody 0")).text).toContain(
      "<errMsg>You may not see the jobs of somebody",
    );
    expect((await command('bkill "0" "-s" "KILL"')).text.match(/is being terminated/g)).toHaveLength(2);
    for (const id of ids) await phaseIs(id, "Exit");
    expect((await command("bkill 0")).text).toContain("<errMsg>No matching job found</errMsg>");
  });

  it.each([
    ["bmig 1", "can't move a running job to another host"],
    ["btop 1", "can't move a job to the beginning of its queue"],
    ["bpost -d x 1", "can't give a job a status of its own"],
    ["bkill -stat run", "bkill with -stat is not known here"],
    ["bkill -J", "needs a value"],
    ["bkill", "needs the id of a job"],
    ["bsub rm", "is not allowed here"],
    ["constructor", "is not allowed here"],
  ])("%s is answered clearly", async (text, words) => {
    const answer = await command(text);
    expect([answer.status, answer.text]).toEqual([
      200,
      expect.stringMatching(/<UserCmd><errMsg>.*<\/errMsg>/),
    ]);
    expect(answer.text).toContain(words);
  });
});

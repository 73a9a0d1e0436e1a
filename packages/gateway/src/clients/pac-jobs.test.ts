import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, pacAccept, startFixture, userName } from "../testing/gateway-fixture.js";
import { sendRaw } from "../testing/raw-http.js";
import { type pacSubmit, submitAsPac } from "../testing/recorded.js";
import { WireUser } from "../testing/wire-user.js";
import { waitFor } from "../testing/wait-for.js";
import { addUser } from "../users/users.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const base = "/platform/webservice/pacclient";

/** IBM's pac (Python 2 and 3) and lsf_faas: what they send, and what their string searches need. */
describe("IBM's Python clients", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
    cookie = user.token;
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const submit = (...form: Parameters<typeof pacSubmit>): Promise<string> =>
    submitAsPac(fixture.port, ...form);
  const finished = (id: string): Promise<string> => user.endOf(id);

  it("ping: the body is said back, with or without it and without log-in", async () => {
    const url = "http://127.0.0.1:18080/platform/";
    const { text, status } = await sendRaw(
      fixture.port,
      `GET ${base}/ping/ HTTP/1.1\r\nHost: h:1\r\ncontent-type: text/plain\r\naccept: ${pacAccept}\r\nContent-Length: ${url.length}\r\n\r\n${url}`,
    );
    expect([status, text]).toEqual([200, `Web Services are ready on URL:${url}`]);
    const newer = await sendRaw(
      fixture.port,
      `GET ${base}/ping HTTP/1.1\r\nHost: h:1\r\ncookie: platform_token=x\r\n\r\n`,
    );
    expect(newer.text).toBe("Web Services are ready on URL:http://h:1/platform/");
  });

  it("logon: a GET with a body and an empty cookie; the token is one line of four parts", async () => {
    const body = `<User><name>${userName}</name> <pass>correct horse</pass> </User>`;
    const { text, status, headers } = await sendRaw(
      fixture.port,
      `GET ${base}/logon/ HTTP/1.1\r\nHost: 127.0.0.1:18080\r\ncontent-type: application/xml\r\ncookie: platform_token=\r\n` +
        `accept: ${pacAccept}\r\naccept-language: en-us\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(status).toBe(200);
    expect(text).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8" standalone="yes"\?><User><token>scarf362"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"[A-Za-z0-9+/]{64}"[A-Za-z0-9+/]{22}==<\/token><\/User>$/,
    );
    expect(headers.get("scarf-capabilities")).toContain("submitOnce");
    expect(Date.parse(headers.get("scarf-session-expires") ?? "")).toBeGreaterThan(Date.now() + 59 * 60_000);
  });

  it("logon: a stale cookie, POST, no slash, an unescaped password, and no quote in the answer but the token's", async () => {
    await addUser(fixture.usersFile, "odd", 'a"b<c>&d');
    for (const pass of ['a"b&lt;c&gt;&amp;d', 'a"b<c>&d']) {
      const body = `<User><name>odd</name> <pass>${pass}</pass> </User>`;
      const { text } = await sendRaw(
        fixture.port,
        `POST ${base}/logon HTTP/1.1\r\nHost: x\r\ncookie: platform_token=odd#quote#2015-02-10T18:50:00Z#quote#Mv2==\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      expect(text).toContain('<token>odd"');
    }
  });

  it("logon: a wrong password is an errMsg in status 200", async () => {
    const body = `<User><name>${userName}</name> <pass>wrong</pass> </User>`;
    const { text, status, headers } = await sendRaw(
      fixture.port,
      `GET ${base}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect([status, text]).toEqual([
      200,
      `${xml}<User><errMsg>User name or password is wrong.</errMsg></User>`,
    ]);
    expect(headers.get("scarf-error-code")).toBe("AUTH_FAILED");
  });

  it("cookie: raw quotes, other cookies around it, and ,JSESSIONID= joined to it", async () => {
    for (const form of [cookie, cookie.replaceAll("#quote#", '"'), `${cookie},JSESSIONID=0000abcDEF:-1`]) {
      expect((await fixture.get(`${base}/jobs?user=&details=&past=`, form)).text).not.toContain("errMsg");
    }
    const { text } = await sendRaw(
      fixture.port,
      `GET ${base}/jobs HTTP/1.1\r\nHost: x\r\nCookie: a=b; platform_token=${cookie}; c=d\r\n\r\n`,
    );
    expect(text).not.toContain("errMsg");
  });

  it("jobs: nothing found is a note, in all spellings of the address", async () => {
    await addUser(fixture.usersFile, "empty", "correct horse");
    const other = await fixture.logOn("empty");
    for (const path of [
      "jobs",
      "jobs?",
      "jobs/",
      "jobs?user=&details=&past=",
      "jobs?+user=empty",
      "jobsforstatus/Running",
    ]) {
      const { text, status } = await fixture.get(`${base}/${path}`, other);
      expect([path, status, text]).toEqual([
        path,
        200,
        `${xml}<Jobs><note>No matching job found</note></Jobs>`,
      ]);
    }
    const alias = await fixture.get("/platform/platform/webservice/pacclient/jobsforname/N", other);
    expect(alias.text).toContain("<note>");
  });

  it("submits as recorded, unescaped values and attachment included, runs it and lists it in both forms", async () => {
    const id = await submit(cookie, {
      parameters: {
        JOB_NAME: "notebook",
        COMMANDTORUN: "cat in.txt && echo 1 < in.txt",
        INPUT_FILE: "in.txt,upload",
        NOTIFY_ENABLE: "Y",
      },
      fileParameters: ["INPUT_FILE"],
      attachments: [{ name: "in.txt", data: "hello\n" }],
    });
    expect(id).toMatch(/^\d+$/);
    expect(await finished(id)).toBe("Done");
    const short = await fixture.get(`${base}/jobs?id=${id}`, cookie);
    // pac py2 and lsf_faas search the whole text for "note": a job called notebook must not look like an error.
    expect(short.text).not.toContain("note");
    expect(short.text).toBe(
      `${xml}<Jobs><Job><cmd>cat in.txt &amp;&amp; echo 1 &lt; in.txt</cmd><extStatus>-</extStatus><id>${id}</id><name>n&#111;tebook</name><status>Done</status></Job></Jobs>`,
    );
    const long = await fixture.get(`${base}/jobs?user=${userName}&details=yes&past=1`, cookie);
    for (const element of [
      "<jobForwarding>None</jobForwarding>",
      `<user>${userName}</user>`,
      "<exitCode>0</exitCode>",
    ]) {
      expect(long.text).toContain(element);
    }
    expect(long.text).not.toContain("note");
  });

  it("filters by status without regard to case, by name with wildcard, and by group", async () => {
    const id = await submit(cookie, { parameters: { JOB_NAME: "filter me", COMMANDTORUN: "exit 3" } });
    expect(await finished(id)).toBe("Exit");
    const lists = async (query: string): Promise<boolean> =>
      (await fixture.get(`${base}/${query}`, cookie)).text.includes(`<id>${id}</id>`);
    expect(await lists("jobs?status=Exit&user=")).toBe(true);
    expect(await lists("jobs?status=exit&user=")).toBe(true);
    expect(await lists("jobs?status=Done&user=")).toBe(false);
    expect(await lists("jobsforstatus/Exit")).toBe(true);
    expect(await lists("jobs?name=filter%20*&user=")).toBe(true);
    expect(await lists("jobs?name=other*&user=")).toBe(false);
    expect(await lists("jobsforname/filter%20me")).toBe(true);
    expect(await lists("jobs?group=%2F&user=all")).toBe(true);
    expect(await lists("jobs?group=%2Fmine&user=")).toBe(false);
    expect(await lists("jobs?past=24")).toBe(true);
    expect(await lists(`jobs/${id}`)).toBe(true);
    expect((await fixture.get(`${base}/jobs?id=${id}`, cookie)).text).toContain(
      "<extStatus>failed (exit code 3)",
    );
  });

  it("kills, suspends, resumes; the messages are LSF's", async () => {
    const id = await submit(cookie, { parameters: { COMMANDTORUN: "sleep 60" } });
    await waitFor(async () =>
      (await fixture.get(`${base}/jobs?id=${id}`, cookie)).text.includes("<status>Running<")
        ? true
        : undefined,
    );
    const act = async (action: string): Promise<string> =>
      (await fixture.get(`${base}/jobOperation/${action}/${id}`, cookie, { accept: "application/xml" })).text;
    expect(await act("suspend")).toBe(
      `${xml}<Job><actionMsg>Job &lt;${id}&gt; is being stopped</actionMsg><id>${id}</id></Job>`,
    );
    await waitFor(async () =>
      (await fixture.get(`${base}/jobs?id=${id}`, cookie)).text.includes("<status>Suspended<")
        ? true
        : undefined,
    );
    expect(await act("resume")).toContain("is being resumed");
    expect(await act("kill")).toContain(`<actionMsg>Job &lt;${id}&gt; is being terminated</actionMsg>`);
    expect(await finished(id)).toBe("Exit");
    expect(await act("kill")).toBe(
      `${xml}<Job><errMsg>Job &lt;${id}&gt;: Job has already finished</errMsg><id>0</id></Job>`,
    );
  });

  it("array elements: brackets unescaped in queries and paths", async () => {
    const id = await submit(cookie, {
      parameters: { COMMANDTORUN: "sleep 30", EXTRA_PARAMS: "-J steps[1-3]", JOB_NAME: "steps" },
    });
    expect((await fixture.get(`${base}/jobs?id=${id}[3]&user=&details=&past=`, cookie)).text).toContain(
      `<id>${id}[3]</id>`,
    );
    expect((await fixture.get(`${base}/jobOperation/kill/${id}[3]`, cookie)).text).toContain(
      "is being terminated",
    );
    await waitFor(async () =>
      (await fixture.get(`${base}/jobs?id=${id}[3]`, cookie)).text.includes("<status>Exit<")
        ? true
        : undefined,
    );
    expect((await fixture.get(`${base}/jobs?id=${id}[2]`, cookie)).text).not.toContain("<status>Exit<");
    await fixture.get(`${base}/jobOperation/kill/${id}`, cookie);
  });

  it("userCmd: words in quotes, options behind the job, no shell", async () => {
    const id = await submit(cookie, { parameters: { COMMANDTORUN: "sleep 60" } });
    const command = async (text: string): Promise<string> => {
      const body = `<UserCmd><cmd>${text}</cmd></UserCmd>`;
      return (
        await sendRaw(
          fixture.port,
          `POST ${base}/userCmd HTTP/1.1\r\nHost: x\r\ncontent-type: application/xml \r\ncookie: platform_token=${cookie}\r\naccept: text/xml;\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
        )
      ).text;
    };
    await waitFor(async () =>
      (await fixture.get(`${base}/jobs?id=${id}`, cookie)).text.includes("<status>Running<")
        ? true
        : undefined,
    );
    expect(await command(`bstop "${id}"`)).toBe(
      `${xml}<UserCmd><cmdMsg>Job &lt;${id}&gt; is being stopped</cmdMsg></UserCmd>`,
    );
    expect(await command(`bkill "${id}; touch /tmp/x"`)).toContain("<errMsg>");
    expect(await command(`rm -rf /`)).toBe(
      `${xml}<UserCmd><errMsg>The command rm is not allowed here.</errMsg></UserCmd>`,
    );
    expect(await command(`bswitch night ${id}`)).toContain(
      "<errMsg>This resource does not know the command bswitch: it can't move jobs to another queue.</errMsg>",
    );
    expect(await command(`bkill "${id}" "-s" "TERM"`)).toContain("is being terminated");
    expect(await finished(id)).toBe("Exit");
  });

  it("app and pacinfo: the applications and the fields of a form, none of them empty", async () => {
    expect((await fixture.get(`${base}/appStatus`, cookie)).text).toContain(
      "<AppInfo><appName>generic</appName><status>Published</status></AppInfo>",
    );
    const { text } = await fixture.get(`${base}/appParams`, cookie, { body: "generic:mine" });
    expect(text).toContain("<id>COMMANDTORUN</id><label>Command to run</label><mandatory>yes</mandatory>");
    expect(text).not.toMatch(/<(\w+)><\/\1>/);
    expect((await fixture.get(`${base}/appParams`, cookie, { body: "nothing" })).text).toContain(
      "<errMsg>There is no application called",
    );
  });

  it("logout: exactly ok, and the token is of no more use", async () => {
    const token = await fixture.logOn();
    const { body, status } = await fixture.get(`${base}/logout/`, token);
    expect([status, body.toString("latin1")]).toEqual([200, "ok"]);
    expect((await fixture.get(`${base}/jobs`, token)).text).toContain(
      "Your current login session was logout",
    );
    expect((await fixture.get(`${base}/jobs`, cookie)).text).not.toContain("errMsg");
  });
});

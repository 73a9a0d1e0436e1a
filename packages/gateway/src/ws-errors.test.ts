import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addUser } from "./users/users.js";
import { type GatewayFixture, startFixture, userName } from "./testing/gateway-fixture.js";
import type { RawAnswer } from "./testing/raw-http.js";
import { type WsCall, wsCall } from "./testing/ws-call.js";

const form = "Content-Type: application/x-www-form-urlencoded";
const multipart = "Content-Type: multipart/mixed; boundary=B";
const error =
  /^<\?xml version="1\.0" encoding="UTF-8" standalone="yes"\?><error><message>[^<]+<\/message>(?:<result>.*<\/result>)?<\/error>$/;

describe("errors of the current generation", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  let id: string;
  beforeAll(async () => {
    fixture = await startFixture();
    cookie = `Cookie: platform_token=${await fixture.logOn()}`;
    id = await submit("hold", cookie);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const call = (request: WsCall): Promise<RawAnswer> => wsCall(fixture.port, request);

  async function submit(word: string, as: string): Promise<string> {
    const body =
      "--B\r\nContent-ID: <AppName>\r\n\r\ngeneric\r\n--B\r\nContent-ID: <data>\r\nContent-Type: multipart/mixed; boundary=P\r\n\r\n" +
      `--P\r\n\r\n<AppParam><id>COMMANDTORUN</id><value>echo ${word}</value><type></type></AppParam>\r\n--P--\r\n--B--`;
    const { text } = await call({ path: "jobs/submit", headers: [multipart, as], body });
    return /<id>(\d+)</.exec(text)?.[1] ?? text;
  }

  it("every call but ping, logon and version needs a token; without one it is 403, never 401", async () => {
    const stale = `Cookie: platform_token=${userName}#quote#2015-02-10T18:50:00Z#quote#Mv2==`;
    const gets = [
      "jobs",
      "jobs/1",
      "jobs/fullinfo",
      "jobfiles/1",
      "jobhistory",
      "applications",
      "applications/form?name=generic",
      "applications/schema?name=generic",
      "applications/appParams?name=generic",
      "notifications/settings",
    ];
    const posts = [
      "jobs/submit",
      "jobs/kill",
      "jobs/getbasicinfo",
      "jobfiles/upload/1",
      "jobfiles/download/1",
      "userCmd",
      "notifications/register",
      "logout",
    ];
    const requests = [...gets.map((path) => ({ path })), ...posts.map((path) => ({ path, body: "ids=1" }))];
    for (const request of requests) {
      const answer = await call({ ...request, headers: [stale] });
      expect([request.path, answer.status]).toEqual([request.path, 403]);
      expect(answer.text).toMatch(error);
      expect(answer.text).toContain("Your current login session was logout");
      expect(answer.headers.has("www-authenticate")).toBe(false);
      expect(answer.headers.get("scarf-error-code")).toBe("SESSION_EXPIRED");
      const json = await call({ ...request, headers: [stale, "Accept: application/json"] });
      expect([json.status, json.headers.get("content-type")]).toEqual([
        403,
        "application/json; charset=utf-8",
      ]);
      expect(json.text).toMatch(/^\{"message":"[^"]*session was logout[^"]*"\}$/);
    }
  });

  it("a wrong password is 403, also with a token that holds", async () => {
    const body = `<User><name>${userName}</name> <pass>wrong</pass> </User>`;
    const answer = await call({ path: "logon", headers: [cookie, "Accept: application/json"], body });
    expect(answer.status).toBe(403);
    expect(answer.text).toMatch(/^\{"message":"[^"]+"\}$/);
    expect(answer.text).not.toContain("token");
    expect((await call({ path: "logon", body: "" })).status).toBe(403);
  });

  it.each([
    ["jobs/0", 400, "0 is not the id of a job"],
    ["jobs/999999", 404, "Job &lt;999999&gt; is not found"],
    ["jobs/999998,999999", 404, "None of the jobs"],
    ["jobs/..%2f..", 404, "is not found"],
    ["jobs?username=somebody", 403, "jobs of somebody"],
    ["jobs/basicinfo?ids=0", 400, "0 is not"],
    ["jobfiles", 400, "names no job"],
    ["jobfiles/0", 400, "0 is not"],
    ["jobfiles/999999", 404, "999999"],
    ["jobhistory?ids=999999", 404, "is not found"],
    ["jobhistory?jobname=nothing", 404, "past week"],
    ["applications/appParams", 400, "which application"],
    ["applications/appParams?name=nothing", 404, "nothing"],
    ["jobs/kill?ids=1", 400, "by GET"],
    ["jobs/submit", 400, "by GET"],
    ["logout", 400, "by GET"],
    ["flow/definitions", 404, "no flows"],
    ["flow/instances/1", 404, "no flows"],
    ["clusters", 404, "no such address"],
    ["nonsense", 404, "no such address"],
    ["", 404, "no such address"],
  ])("GET %s is %i", async (path, status, words) => {
    const answer = await call({ path, headers: [cookie] });
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
    expect(answer.text).toMatch(error);
    expect(decodeURIComponent(answer.headers.get("scarf-error-hint") ?? "")).not.toBe("");
  });

  it.each([
    ["ping", form, "x=1", 400, "no url"],
    ["ping", form, "url=", 400, "no url"],
    ["jobs/getbasicinfo", form, "", 400, "names no job"],
    ["jobs/getbasicinfo", form, "ids=999999", 404, "is not found"],
    ["jobs/getfullinfo", form, "ids=0", 400, "0 is not"],
    ["jobs/kill", form, "ids=", 400, "names no job"],
    ["jobs/kill", form, "ids=0", 400, "0 is not"],
    ["jobs/kill", form, "ids=999999", 404, "999999"],
    ["jobs/kill", form, "ids=999998,999999", 404, "999998"],
    ["jobs/submit", multipart, "", 400, ""],
    ["jobs/submit", multipart, "--B\r\nContent-ID: <AppName>\r\n\r\ngene", 400, "can't be understood"],
    ["jobs/submit", multipart, "--B\r\nContent-ID: <AppName>\r\n\r\nnothing\r\n--B--", 404, "nothing"],
    ["jobfiles/upload/0", multipart, "", 400, "0 is not"],
    ["jobfiles/upload", multipart, "", 400, "names no job"],
    ["jobfiles/upload/1?chunkid=1", multipart, "", 400, "chunkbase and chunkamount"],
    [
      "jobfiles/upload/1?chunkid=3&chunkbase=a&chunkamount=2",
      multipart,
      '--B\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\nx\r\n--B--',
      400,
      "1 to 2",
    ],
    ["jobfiles/download/0", form, "dir=a", 400, "0 is not"],
    ["jobfiles/download/999999", form, "dir=a", 404, ""],
    [
      "userCmd",
      "Content-Type: application/xml ",
      "<UserCmd><cmd>rm -rf .</cmd></UserCmd>",
      400,
      "rm is not allowed",
    ],
    ["userCmd", "Content-Type: application/xml", "<UserCmd></UserCmd>", 400, "no command"],
    ["notifications/register", form, "", 400, "names no job"],
  ])("POST %s (%s, %j) is an error", async (path, type, body, status, words) => {
    const answer = await call({ path, headers: [type, cookie], body });
    expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(words)]);
    expect(answer.text).toMatch(error);
  });

  it.each([
    ["", 400],
    ["dir=", 400],
    ["dir=..%2Fa", 404],
    ["dir=%2Fetc%2Fpasswd", 404],
    ["dir=.hidden", 404],
    ["dir=*.none", 404],
    ["dir=a|gzip", 404],
  ])("a download of %j is %i and holds no file", async (body, status) => {
    const answer = await call({
      path: `jobfiles/download/${id}`,
      headers: [form, "Accept: multipart/mixed", cookie],
      body,
    });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      status,
      "application/xml; charset=utf-8",
    ]);
    expect(answer.text).toMatch(error);
  });

  it("other users' jobs are not there", async () => {
    await addUser(fixture.usersFile, "other", "another horse");
    const theirs = `Cookie: platform_token=${await fixture.logOn("other", "another horse")}`;
    for (const request of [
      { path: `jobs/${id}` },
      { path: `jobfiles/${id}` },
      { path: `jobhistory?ids=${id}` },
      { path: "jobs/kill", body: `ids=${id}` },
      { path: "jobs/getfullinfo", body: `ids=${id}` },
      { path: `jobfiles/download/${id}`, body: "dir=*" },
    ]) {
      const answer = await call({ ...request, headers: [theirs, form] });
      expect([request.path, answer.status]).toEqual([request.path, 404]);
    }
    const mixed = await call({ path: "jobs", headers: [theirs, "Accept: application/json"] });
    expect(mixed.text).toBe('{"@total":"0"}');
  });

  it("a job that can't be acted upon is not hidden by one that can", async () => {
    const own = await submit("x", cookie);
    const answer = await call({ path: "jobs/requeue", headers: [form, cookie], body: `ids=999999,${own}` });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain("999999");
  });

  it("users are not managed by ordinary users, by any method, and bodies do no harm", async () => {
    const body = '<user name="bob" email="b@x"><roles><role name="Normal" /></roles></user>';
    for (const request of [
      { method: "POST", path: "user", body },
      { method: "POST", path: "users", body },
      { method: "PUT", path: "user", body },
      { method: "DELETE", path: "user/bob" },
    ]) {
      const answer = await call({ ...request, headers: ["Content-Type: application/xml", cookie] });
      expect([request.method, answer.status]).toEqual([request.method, 403]);
      expect(answer.text).toMatch(error);
    }
    const put = await call({ method: "PUT", path: "jobs", headers: [cookie], body: "x" });
    expect([put.status, put.text]).toEqual([400, expect.stringContaining("by PUT")]);
  });

  it("the logs know each call, and no password", async () => {
    const log = await readFile(join(fixture.folder, "audit.log"), "utf8");
    expect(log).toContain('"act":"submit"');
    expect(log).toContain('"act":"user administration"');
    expect(await readFile(join(fixture.folder, "gateway.log"), "utf8")).not.toContain("wrong</pass>");
  });
});

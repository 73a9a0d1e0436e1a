import { readFile } from "node:fs/promises";
import { parseUsers } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture, userName } from "./testing/gateway-fixture.js";
import type { RawAnswer } from "./testing/raw-http.js";
import { wsCall } from "./testing/ws-call.js";
import { addUser, setPassword } from "./users/users.js";

const bob = '<user name="bob" email="b@x"><roles><role name="Normal" /></roles></user>';

describe("users over the web service", () => {
  let fixture: GatewayFixture;
  let admin: string;
  let plain: string;
  beforeAll(async () => {
    fixture = await startFixture({ users: { administrators: [userName] } });
    await addUser(fixture.usersFile, "plain", "correct horse");
    admin = await fixture.logOn();
    plain = await fixture.logOn("plain");
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  /** As pac's Python 3 client sends it. */
  function call(
    method: string,
    path: string,
    token: string,
    body?: string,
    accept = "application/xml",
  ): Promise<RawAnswer> {
    const headers = ["content-type: application/xml", `cookie: platform_token=${token}`, `accept: ${accept}`];
    return wsCall(fixture.port, { method, path, headers, ...(body !== undefined && { body }) });
  }
  const names = async (token: string): Promise<readonly string[]> =>
    parseUsers((await call("GET", "users", token)).text).map(({ name }) => name);

  it("are added, changed and removed by administrators: 204 without a body", async () => {
    // The Python 3 client says user, the Python 2 one users.
    for (const path of ["user", "users"]) {
      const added = await call("POST", path, admin, bob);
      expect([added.status, added.body.length]).toEqual([204, 0]);
      expect(await names(admin)).toEqual(["bob", "plain", userName]);
      const changed = await call(
        "PUT",
        "user",
        admin,
        bob.replace("Normal", "Administrator").replace("b@x", "c@y"),
      );
      expect(changed.status).toBe(204);
      expect((await call("GET", "users/bob", admin)).text).toContain(
        '<users total="1"><user><email>c@y</email><name>bob</name><role>Administrator</role></user></users>',
      );
      expect((await call("DELETE", `${path}/bob`, admin)).status).toBe(204);
      expect(await names(admin)).toEqual(["plain", userName]);
    }
  });

  it("have no password until the operator gives one, and a role in the file counts", async () => {
    await call("POST", "user", admin, bob.replace("Normal", "administrator"));
    expect(await readFile(fixture.usersFile, "utf8")).toContain("\nbob:!:admin:b@x\n");
    for (const guess of ["", "!", "correct horse"]) {
      await expect(fixture.logOn("bob", guess)).rejects.toThrow(/wrong|no password/);
    }
    await setPassword(fixture.usersFile, "bob", "battery staple");
    const own = await fixture.logOn("bob", "battery staple");
    expect((await call("POST", "user", own, bob.replace("bob", "eve"))).status).toBe(204);
    // Removed or made an ordinary user, the next request knows it.
    await call("PUT", "user", admin, bob);
    expect((await call("DELETE", "user/eve", own)).status).toBe(403);
    await call("DELETE", "user/bob", admin);
    expect((await call("GET", "users", own)).text).toContain("session was logout");
    await call("DELETE", "user/eve", admin);
  });

  it("are no matter of ordinary users, who see themselves only", async () => {
    for (const [method, path, body] of [
      ["POST", "user", bob],
      ["PUT", "user", bob],
      ["DELETE", `user/${userName}`, undefined],
    ] as const) {
      const answer = await call(method, path, plain, body);
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringMatching(/<error><message>Only administrators may .*<\/message><\/error>$/),
      ]);
    }
    expect(await names(plain)).toEqual(["plain"]);
    expect((await call("GET", `users/${userName}`, plain)).text).toContain('total="0"');
    expect((await call("GET", "usergroups", plain)).text).toContain(
      "<userGroup><members>-</members><name>Administrator</name></userGroup><userGroup><members>plain</members>",
    );
    expect((await call("GET", "usergroups", admin, undefined, "application/json")).text).toContain(
      `{"members":"${userName}","name":"Administrator"}`,
    );
  });

  it.each([
    ["POST", "user", "", "ends too early"],
    ["POST", "user", "<user/>", "does not describe a user"],
    ["POST", "user", '<users><user name="a"/><user name="b"/></users>', "does not describe a user"],
    ["POST", "user", '<user name="../x"/>', "user name"],
    ["POST", "user", `<user name="x" email="a:b@c"/>`, "e-mail"],
    ["POST", "user", `<user name="x" email="a@b&#10;root:!:admin"/>`, "e-mail"],
    ["POST", "user", '<user name="x"><roles><role name="God"/></roles></user>', "no role"],
    ["POST", "user", '<!DOCTYPE a [<!ENTITY b "c">]><user name="&b;"/>', "document type"],
    ["POST", "user", '<user name="plain"/>', "exists already"],
    ["PUT", "user", '<user name="nobody"/>', "no user"],
    ["DELETE", "user/nobody", undefined, "no user"],
    ["DELETE", "user", undefined, "which user"],
  ])("%s %s of %j is refused with a text that pac shows", async (method, path, body, words) => {
    const before = await readFile(fixture.usersFile, "utf8");
    const answer = await call(method, path, admin, body);
    expect(answer.status).toBe(403);
    expect(answer.text).toContain(words);
    expect(await readFile(fixture.usersFile, "utf8")).toBe(before);
  });

  it("are told in the audit log", async () => {
    const audit = await readFile(`${fixture.folder}/audit.log`, "utf8");
    expect(audit).toMatch(/"act":"user administration",.*"user":"scarf362","subject":"POST bob"/);
    expect(audit).toMatch(
      /"act":"user administration",.*"user":"plain","subject":"DELETE scarf362".*PERMISSION_DENIED/,
    );
  });
});

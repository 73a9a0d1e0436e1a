import { createHash } from "node:crypto";
import { once } from "node:events";
import { access, readdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text as readAll } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "./testing/gateway-fixture.js";
import { sendRaw, sendThenRead } from "./testing/raw-http.js";
import { outerBoundary, pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { addUser, removeUser, setPassword } from "./users/users.js";

const base = "/platform/webservice/pacclient";
const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';

describe("bad input", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture({
      sessions: { idleMinutes: 0.06 },
      limits: { uploadBytes: 1_000_000, attachmentBytes: 100_000, loginAttempts: 3, loginDelaySeconds: 0.01 },
    });
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  async function logOnBody(user: string, pass: string): Promise<string> {
    const body = `<User><name>${user}</name> <pass>${pass}</pass> </User>`;
    const request = `GET ${base}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    return (await sendRaw(fixture.port, request)).text;
  }

  it("log-in: no name, no XML, an unknown user, too many failures", async () => {
    for (const body of ["<User></User>", "", "hello", "<User><name>x</name></User>"]) {
      const answer = await sendRaw(
        fixture.port,
        `GET ${base}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
      expect(answer.text).toBe(
        `${xml}<User><errMsg>The log-in has no user name or no password, and no certificate.</errMsg></User>`,
      );
    }
    await addUser(fixture.usersFile, "guessed", "correct horse");
    for (const name of ["nobody", "../x", "guessed"]) {
      expect(await logOnBody(name, "wrong")).toBe(
        `${xml}<User><errMsg>User name or password is wrong.</errMsg></User>`,
      );
    }
    await logOnBody("guessed", "wrong");
    await logOnBody("guessed", "wrong");
    expect(await logOnBody("guessed", "correct horse")).toBe(
      `${xml}<User><errMsg>Too many log-ins failed. The next one is possible in 15 minutes.</errMsg></User>`,
    );
    const page = await sendRaw(fixture.port, "GET //cgi-bin/token.py HTTP/1.1\r\nHost: x\r\n\r\n");
    expect(page.text).toBe("User name or password is missing.");
  });

  it("an expired session: each operation says it in its own form", async () => {
    cookie = await fixture.logOn();
    expect((await fixture.get(`${base}/jobs`, cookie)).text).not.toContain("errMsg");
    await sleep(3700);
    const sentence =
      "Your current login session was logout: it was idle for too long, was ended, or never was one of this service. Log in again.";
    for (const [path, root, after] of [
      ["jobs", "Jobs", ""],
      ["jobOperation/kill/1", "Job", "<id>0</id>"],
      ["userCmd", "UserCmd", ""],
      ["appStatus", "AppInfos", ""],
      ["appParams", "AppParams", ""],
      ["submitapp", "Job", "<id>0</id>"],
    ]) {
      const { text, status, headers } = await fixture.get(`${base}/${path}`, cookie);
      expect([status, text]).toEqual([200, `${xml}<${root}><errMsg>${sentence}</errMsg>${after}</${root}>`]);
      expect(headers.get("scarf-error-code")).toBe("SESSION_EXPIRED");
      expect(headers.get("www-authenticate")).toBeUndefined();
    }
    for (const path of ["jobfiles/1", "upfile/0", "uplargefile/0", "logout/"]) {
      const { text, status } = await fixture.get(`${base}/${path}`, cookie);
      expect([status, text]).toEqual([200, sentence]);
    }
    const file = await fixture.get(`${base}/file/1`, cookie, { body: "x" });
    expect([file.status, file.text]).toEqual([403, ""]);
    expect((await fixture.get(`${base}/jobs`, "")).text).toContain("no token came with the request");
  });

  it("a changed password and a removed user end the sessions", async () => {
    await addUser(fixture.usersFile, "leaving", "correct horse");
    const first = await fixture.logOn("leaving");
    await setPassword(fixture.usersFile, "leaving", "battery staple");
    expect((await fixture.get(`${base}/jobs`, first)).text).toContain("the user's password was changed");
    const second = await fixture.logOn("leaving", "battery staple");
    expect((await fixture.get(`${base}/jobs`, second)).text).not.toContain("errMsg");
    await removeUser(fixture.usersFile, "leaving");
    expect((await fixture.get(`${base}/jobs`, second)).text).toContain("the user was removed");
  });

  it("jobs: unknown id, unknown status, another user's, odd hours", async () => {
    cookie = await fixture.logOn();
    const text = async (path: string): Promise<string> => (await fixture.get(`${base}/${path}`, cookie)).text;
    expect(await text("jobs?id=999999")).toMatch(/<Jobs><note>[^<]*999999[^<]*<\/note><\/Jobs>/);
    expect(await text("jobs?id=..%2F..%2Fx")).toMatch(/<Jobs><note>[^<]+<\/note><\/Jobs>/);
    expect(await text("jobs?status=Sleeping")).toContain(
      "<errMsg>There is no job status &quot;Sleeping&quot;.</errMsg>",
    );
    expect(await text("jobs?user=root")).toContain("<errMsg>You may not see the jobs of root.</errMsg>");
    expect(await text("jobs?past=yesterday")).toContain(
      "<errMsg>&quot;past&quot; takes a number of hours, not &quot;yesterday&quot;.</errMsg>",
    );
    expect(await text("jobOperation/explode/1")).toContain(
      "<errMsg>There is no operation &quot;explode&quot; on jobs.</errMsg>",
    );
    expect(await text("jobOperation/kill")).toContain("<errMsg>The request names no job.</errMsg>");
    expect(await text("jobfiles/999999")).not.toMatch(/[/\\]/);
    expect(await text("jobfiles/999999")).toContain("999999");
  });

  it("keeps users apart: no list, no file and no operation on another user's job", async () => {
    await addUser(fixture.usersFile, "other", "correct horse");
    cookie = await fixture.logOn();
    const submitted = await sendRaw(
      fixture.port,
      pacSubmit(cookie, { parameters: { COMMANDTORUN: "sleep 5; echo secret" } }),
    );
    const id = /<id>(\d+)</.exec(submitted.text)?.[1] ?? "";
    const other = await fixture.logOn("other");
    const text = async (path: string, body = ""): Promise<string> =>
      (await fixture.get(`${base}/${path}`, other, { body })).text;
    expect(await text("jobs")).toContain("<note>");
    expect(await text(`jobs?id=${id}`)).toContain("<note>");
    expect(await text(`jobOperation/kill/${id}`)).toContain("<errMsg>");
    expect(await text(`jobfiles/${id}`)).not.toMatch(/[/\\]/);
    expect(await text(`file/${id}`, `${id}.output`)).toBe("");
    const upload = pacUploadBody(fixture.userDirectory, [{ name: "x", data: "x" }]);
    const answer = await sendRaw(fixture.port, pacUpload("upfile/0", other, upload));
    expect(answer.text).toContain("leads out of your directory");
    await expect(access(join(fixture.userDirectory, "x"))).rejects.toThrow("ENOENT");
    await fixture.get(`${base}/jobOperation/kill/${id}`, cookie);
  });

  it("submit: unknown application, unknown field, bad option, missing attachment, too much, not multipart", async () => {
    cookie = await fixture.logOn();
    const message = async (...[submit]: [Parameters<typeof pacSubmit>[1]]): Promise<string> => {
      const { text, status } = await sendRaw(fixture.port, pacSubmit(cookie, submit));
      expect(status).toBe(200);
      return /<Job><errMsg>([^<]+)<\/errMsg><id>0<\/id><\/Job>$/.exec(text)?.[1] ?? `no error: ${text}`;
    };
    expect(await message({ application: "genric", parameters: {} })).toBe(
      "There is no application called &quot;genric&quot; here.",
    );
    expect(await message({ parameters: {} })).toContain("COMMANDTORUN");
    expect(await message({ parameters: { COMMANDTORUN: "true", EXTRA_PARAMS: "-Zs" } })).toContain("-Zs");
    expect(
      await message({
        parameters: { COMMANDTORUN: "true", INPUT_FILE: "in.txt,upload" },
        fileParameters: ["INPUT_FILE"],
      }),
    ).toContain("no such file came along");
    expect(
      await message({
        parameters: { COMMANDTORUN: "true" },
        attachments: [{ name: "big", data: Buffer.alloc(100_001) }],
      }),
    ).toContain("larger than this service takes");
    const post = async (body: string): Promise<string> =>
      (
        await sendRaw(
          fixture.port,
          `POST ${base}/submitapp HTTP/1.1\r\nHost: x\r\ncontent-type: multipart/mixed; boundary=${outerBoundary}\r\ncookie: platform_token=${cookie}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        )
      ).text;
    expect(await post("<html>no</html>")).toContain("<errMsg>The request can't be understood.");
    expect(await post(`--${outerBoundary}\r\nContent-ID: <AppName>\r\n\r\ngen`)).toContain(
      "ends without its closing delimiter",
    );
    expect(await post(`--${outerBoundary}--\r\n`)).toContain("does not say which application to run");
    expect((await fixture.get(`${base}/jobs`, cookie)).text).not.toContain("big");
    expect(await readdir(join(fixture.folder, "state", "spool"))).toEqual([]);
  });

  it("upload: hostile names, foreign hosts, outside, too large, no file, truncated: nothing is left", async () => {
    cookie = await fixture.logOn();
    const upload = async (body: Buffer): Promise<string> =>
      (await sendRaw(fixture.port, pacUpload("upfile/0", cookie, body))).text;
    const file = (name: string, data = "x"): readonly { name: string; data: string }[] => [{ name, data }];
    expect(await upload(pacUploadBody("in", file(".."))), "name ..").toContain("no usable name");
    expect(await upload(pacUploadBody("../../..", file("x")))).toContain("The directory has .. in it");
    expect(await upload(pacUploadBody("/etc", file("x")))).toContain("leads out of your directory");
    expect(await upload(pacUploadBody("elsewhere.example.org:/work", file("x")))).toContain(
      "Files can't be sent to the host elsewhere.example.org from here.",
    );
    expect(await upload(pacUploadBody("in", file("big", "x".repeat(8_000_000))))).toContain(
      "larger than this service takes",
    );
    expect(await upload(pacUploadBody("in", []))).toContain("The upload holds no file.");
    const whole = pacUploadBody("in", file("cut.txt", "0123456789"));
    expect(await upload(whole.subarray(0, whole.length - 30))).toContain(
      "ends without its closing delimiter",
    );
    expect(await upload(pacUploadBody("in", file("successfully.txt", "y".repeat(1_000_001))))).not.toContain(
      "successfully",
    );
    const left = await readdir(join(fixture.userDirectory, "in")).catch(() => []);
    expect(left).toEqual([]);
  });

  it("upload: an existing file stays when the client says so", async () => {
    cookie = await fixture.logOn();
    const send = (data: string, extra = ""): ReturnType<typeof sendRaw> =>
      sendRaw(
        fixture.port,
        pacUpload("upfile/0", cookie, pacUploadBody("keep", [{ name: "a", data }]), extra),
      );
    expect((await send("one")).text).toContain("successfully");
    const refused = await send("two", "scarf-overwrite: no\r\n");
    expect([refused.headers.get("scarf-error-code"), refused.text.includes("successfully")]).toEqual([
      "FILE_EXISTS",
      false,
    ]);
    // Which file that is, for a client that never saw the answer to its own upload.
    expect([refused.headers.get("scarf-sha256"), refused.headers.get("scarf-path")]).toEqual([
      createHash("sha256").update("one").digest("hex"),
      encodeURIComponent(join(fixture.userDirectory, "keep", "a")),
    ]);
    expect(await readFile(join(fixture.userDirectory, "keep", "a"), "utf8")).toBe("one");
    expect((await send("three")).text).toContain("successfully");
    expect(await readFile(join(fixture.userDirectory, "keep", "a"), "utf8")).toBe("three");
  });

  it("a client that goes away after its answer, in the middle of its own request, keeps nothing busy", async () => {
    const own = await startFixture({});
    // Without a session: it is refused before it has come whole.
    const head = `POST ${base}/submitapp HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/mixed; boundary=x\r\n`;
    const socket = connect(own.port, "127.0.0.1");
    socket.write(`${head}Content-Length: 90000\r\n\r\n${"-".repeat(70_000)}`);
    await once(socket, "data");
    socket.destroy();
    await sleep(50);
    const begun = performance.now();
    await own[Symbol.asyncDispose]();
    // A request that never ends is waited for, ten seconds long.
    expect(performance.now() - begun).toBeLessThan(5000);
  });

  it("what is no request of HTTP, or ends within one, is told so by a code", async () => {
    const told = async (request: string): Promise<unknown[]> => {
      const { status, headers } = await sendRaw(fixture.port, request);
      return [status, headers.get("scarf-error-code")];
    };
    expect(await told("G\x01T / HTTP/1.1\r\nHost: x\r\n\r\n")).toEqual([400, "TRANSFER_CORRUPT"]);
    const long = `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(70_000)}\r\n\r\n`;
    expect(await told(long)).toEqual([431, "USAGE_INVALID"]);
    const socket = connect({ port: fixture.port, host: "127.0.0.1", allowHalfOpen: true });
    socket.end("POST / HTTP/1.1\r\nHost: x\r\nContent-Le");
    expect(await readAll(socket)).toContain("\r\nscarf-error-code: TRANSFER_INCOMPLETE\r\n");
  });

  it("a client that goes away in the middle leaves no file, neither half nor under another name", async () => {
    cookie = await fixture.logOn();
    const body = pacUploadBody("gone", [{ name: "half.bin", data: Buffer.alloc(500_000) }]);
    const [head = ""] = pacUpload("upfile/0", cookie, body);
    const socket = connect(fixture.port, "127.0.0.1");
    socket.write(head);
    socket.write(body.subarray(0, 300_000));
    await sleep(100);
    socket.destroy();
    const directory = join(fixture.userDirectory, "gone");
    await waitFor(async () => ((await readdir(directory).catch(() => [])).length === 0 ? true : undefined));
    expect(await readdir(join(fixture.folder, "state", "spool"))).toEqual([]);
  });

  it("an unwanted large body does not keep the client from its answer, nor the connection from the next request", async () => {
    const body = pacUploadBody("x", [{ name: "a", data: Buffer.alloc(20_000_000) }]);
    cookie = await fixture.logOn();
    for (const connection of ["keep-alive", "close"]) {
      // Refused in the middle: more than the gateway takes.
      const large = pacUpload("upfile/0", cookie, body, `connection: ${connection}\r\n`);
      const refused = await sendThenRead(
        fixture.port,
        Buffer.concat(large.map((piece) => Buffer.from(piece))),
      );
      expect(refused.text).toContain("larger than this service takes");
      const request = pacUpload("upfile/0", "old", body, `connection: ${connection}\r\n`);
      const answer = await sendThenRead(
        fixture.port,
        Buffer.concat(request.map((piece) => Buffer.from(piece))),
      );
      expect(answer.text).toContain("Your current login session was logout");
    }
  });

  it("never answers HTML, and knows its addresses", async () => {
    for (const [path, status] of [
      ["/", 200],
      ["/favicon.ico", 404],
      ["/other/ws/jobs", 404],
      ["/platform/webservice/pacclient/nothing", 404],
      ["/%zz", 404],
    ] as const) {
      const answer = await fixture.get(path, "");
      expect([path, answer.status]).toEqual([path, status]);
      expect(answer.headers.get("content-type")).toContain("text/plain");
      expect(answer.headers.get("scarf-gateway")).toMatch(/^\d+\.\d+\.\d+/);
      expect(answer.text).not.toContain("<");
    }
    for (const method of ["OPTIONS", "PUT", "DELETE"]) {
      const answer = await sendRaw(fixture.port, `${method} /x HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect([answer.status, answer.text]).toEqual([405, "Only GET and POST are known here.\n"]);
    }
  });
});

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { waitFor } from "./testing/wait-for.js";
import { addUser } from "./users/users.js";

/** As Mantid's MantidWebServiceAPIHelper writes its requests: absolute address, fixed boundary, values as they are. */
const base = "http://fermi.ornl.gov/MantidRemote";
const boundary = "112233MantidHTTPBoundary44556677";

interface MantidForm {
  readonly fields?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
}

let fixture: GatewayFixture;
let cookie = "";

beforeAll(async () => {
  fixture = await startFixture({
    // A machine with Node alone has no Python.
    mantidWeb: { enabled: true, python: process.execPath },
    limits: { requestBytes: 100_000, uploadBytes: 200_000, loginDelaySeconds: 0 },
  });
  cookie = await logIn();
});

afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
});

function get(path: string, headers: readonly string[] = [`Cookie: ${cookie}`]): Promise<RawAnswer> {
  const lines = [`GET ${base}${path} HTTP/1.1`, "Host: fermi.ornl.gov", "Connection: Close", ...headers];
  return sendRaw(fixture.port, `${lines.join("\r\n")}\r\n\r\n`);
}

function post(
  path: string,
  { fields = {}, files = {} }: MantidForm,
  extra: readonly string[] = [],
): Promise<RawAnswer> {
  const parts = [
    ...Object.entries(fields).map(
      ([name, value]) => `Content-Disposition: form-data; name="${name}"\r\n\r\n${value}`,
    ),
    ...Object.entries(files).map(
      ([name, value]) =>
        `Content-Disposition: form-data; name="${name}"; filename="${name}"\r\nContent-Type: application/octet-stream\r\n\r\n${value}`,
    ),
  ];
  const body = `${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join("")}--${boundary}--\r\n`;
  const head = [
    `POST ${base}${path} HTTP/1.1`,
    "Host: fermi.ornl.gov",
    "Connection: Close",
    `Content-Type: multipart/form-data; boundary=${boundary}`,
    `Content-Length: ${Buffer.byteLength(body, "latin1")}`,
    `Cookie: ${cookie}`,
    ...extra,
  ];
  return sendRaw(fixture.port, `${head.join("\r\n")}\r\n\r\n${body}`);
}

function basic(user: string, pass: string): string {
  return `Authorization: Basic ${Buffer.from(`${user}:${pass}`).toString("base64")}`;
}

/** The cookies of the last answer that had any are all that Mantid keeps. */
async function logIn(user = userName, pass = password): Promise<string> {
  const answer = await get("/authenticate", [basic(user, pass)]);
  expect(answer.status).toBe(200);
  return (answer.headers.get("set-cookie") ?? "").split(";")[0] ?? "";
}

function json(answer: RawAnswer): Record<string, unknown> {
  const value: unknown = JSON.parse(answer.body.toString("utf8"));
  if (typeof value !== "object" || value === null) throw new Error(`no object: ${answer.text}`);
  return { ...value };
}

async function start(): Promise<string> {
  const answer = await get("/transaction?Action=Start");
  expect(answer.status).toBe(200);
  return String(json(answer)["TransID"]);
}

function expectFailure(answer: RawAnswer, status: number, text: RegExp): void {
  const { Err_Msg: message, error_msg: other } = json(answer);
  expect([answer.status, message]).toEqual([status, expect.stringMatching(text)]);
  expect(other).toBe(message);
}

describe("the requests of Mantid's own client", () => {
  it("lead from log-in to results, and free what they used", async () => {
    const service = json(await get("/info", []));
    expect(service["API_Version"]).toBe(1);
    expect(service["API_Extensions"]).toEqual(expect.arrayContaining(["JOB_DATES", "AUTH_USER_NAME"]));
    const variables = service["Implementation_Specific_Post_Variables"];
    expect(variables).toEqual(expect.arrayContaining(["NumNodes", "CoresPerNode"]));
    expect(json(await get("/info"))).toMatchObject({ Authenticated_As: userName });
    const id = await start();
    expect(json(await get(`/files?TransID=${id}`))).toMatchObject({ Files: [] });

    const uploaded = await post("/upload", {
      fields: { TransID: id },
      files: { "run 1.nxs": "raw\r\nbytes\r\n" },
    });
    expect(uploaded.status).toBe(201);
    const script =
      "console.log(require('fs').readFileSync('run 1.nxs', 'latin1') === 'raw\\r\\nbytes\\r\\n');\nprocess.exit(3);\n";
    const submitted = await post("/submit", {
      fields: {
        TransID: id,
        NumNodes: "1",
        CoresPerNode: "1",
        ScriptName: "reduce.py",
        "reduce.py": script,
        JobName: "my job",
      },
    });
    expect(submitted.status).toBe(201);
    const job = String(json(submitted)["JobID"]);

    const one = await waitFor(async () => {
      const answer = json(await get(`/query?JobID=${job}`))[job];
      return JSON.stringify(answer).includes('"JobStatus":"COMPLETED"') ? answer : undefined;
    });
    expect(one).toMatchObject({
      TransID: id,
      JobName: "my job",
      ScriptName: "reduce.py",
      Scarf_Tomo: { Outcome: "failed", ExitCode: 3 },
    });
    for (const date of ["SubmitDate", "StartDate", "CompletionDate"])
      expect(JSON.stringify(one)).toMatch(
        new RegExp(`"${date}":"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"`),
      );
    expect(Object.keys(json(await get("/query")))).toContain(job);
    expect(json(await get(`/files?TransID=${id}`))["Files"]).toEqual(
      expect.arrayContaining(["run 1.nxs", "reduce.py", `${job}.output`]),
    );
    const output = await get(`/download?TransID=${id}&File=${job}.output`);
    expect([output.status, output.text]).toEqual([200, "true\n"]);
    expect((await get(`/abort?JobID=${job}`)).status).toBe(200);

    expect((await get(`/transaction?Action=Stop&TransID=${id}`)).status).toBe(200);
    expectFailure(await get(`/files?TransID=${id}`), 400, /no open transaction/);
    expect(await readdir(join(fixture.userDirectory, "transactions"))).not.toContain(id);
    // The list keeps what has ended.
    expect(json(await get(`/query?JobID=${job}`))[job]).toMatchObject({ TransID: id });
  });

  it("find files whose names they don't encode", async () => {
    const id = await start();
    const names = ["a&b.txt", "100%25.txt", "a=b&c=d", "x#y+z"];
    for (const name of names) {
      expect((await post("/upload", { fields: { TransID: id }, files: { [name]: name } })).status).toBe(201);
    }
    for (const name of names) expect((await get(`/download?TransID=${id}&File=${name}`)).text).toBe(name);
    // And those of a client that does.
    for (const name of names) {
      expect((await get(`/download?File=${encodeURIComponent(name)}&TransID=${id}`)).text).toBe(name);
    }
  });

  it("replace a file, and send several at once", async () => {
    const id = await start();
    await post("/upload", { fields: { TransID: id }, files: { a: "old" } });
    await post("/upload", { fields: { TransID: id }, files: { a: "new", b: "" } });
    expect((await get(`/download?TransID=${id}&File=a`)).text).toBe("new");
    expect(await get(`/download?TransID=${id}&File=b`)).toMatchObject({ status: 200, text: "" });
  });

  it("end a running job", async () => {
    const id = await start();
    const fields = { TransID: id, ScriptName: "long.sh", "long.sh": "sleep 60\n" };
    const job = String(json(await post("/submit", { fields }))["JobID"]);
    expect((await get(`/abort?JobID=${job}`)).status).toBe(200);
    await waitFor(async () => {
      const answer = JSON.stringify(json(await get(`/query?JobID=${job}`)));
      return answer.includes('"JobStatus":"REMOVED"') ? answer : undefined;
    });
  });

  it("are understood on the same transaction after the gateway has started again", async () => {
    const id = await start();
    await post("/upload", { fields: { TransID: id }, files: { kept: "kept" } });
    await fixture.restart();
    expect((await get(`/download?TransID=${id}&File=kept`)).text).toBe("kept");
  });
});

describe("a part of a file", () => {
  it("goes with the name of the file's state, and is refused to who has another state of it", async () => {
    const id = await start();
    const path = `/download?TransID=${id}&File=data`;
    const part = (...headers: readonly string[]) => get(path, [`Cookie: ${cookie}`, ...headers]);
    await post("/upload", { fields: { TransID: id }, files: { data: "0123456789", empty: "" } });
    const whole = await part();
    const etag = whole.headers.get("etag") ?? "";
    expect([whole.status, whole.text, whole.headers.get("accept-ranges")]).toEqual([
      200,
      "0123456789",
      "bytes",
    ]);
    expect(etag).toMatch(/^"[\da-f]+-a"$/);
    const told = (answer: RawAnswer) => [answer.status, answer.text, answer.headers.get("content-range")];
    expect(told(await part("Range: bytes=3-5"))).toEqual([206, "345", "bytes 3-5/10"]);
    expect(told(await part("Range: bytes=8-99"))).toEqual([206, "89", "bytes 8-9/10"]);
    expect(told(await part("Range: bytes=7-", `If-Range: ${etag}`))).toEqual([206, "789", "bytes 7-9/10"]);
    expect((await part("Range: bytes=10-")).status).toBe(416);
    expect((await part("Range: bytes=10-")).headers.get("content-range")).toBe("bytes */10");
    expect((await get(path.replace("data", "empty"), [`Cookie: ${cookie}`, "Range: bytes=0-"])).status).toBe(
      200,
    );

    await post("/upload", { fields: { TransID: id }, files: { data: "abcdefghij" } });
    expect(told(await part("Range: bytes=7-", `If-Range: ${etag}`))).toEqual([200, "abcdefghij", undefined]);
    expect(told(await part("Range: bytes=7-", "If-Range: Wed, 25 Nov 2026 16:00:00 GMT"))[0]).toBe(200);
  });
});

describe("our own client's digest", () => {
  const digest = (text: string) => createHash("sha256").update(text).digest("hex");
  const upload = (id: string, sent: string, told: string) => {
    const parts = [
      'name="TransID"\r\n\r\n' + id,
      `name="f"; filename="f"\r\n\r\n${sent}`,
      `name="scarf-sha256"\r\n\r\n${told}`,
    ];
    const body = `${parts.map((part) => `--b\r\nContent-Disposition: form-data; ${part}\r\n`).join("")}--b--\r\n`;
    const head = `POST ${base}/upload HTTP/1.1\r\nHost: x\r\nConnection: Close\r\nContent-Type: multipart/form-data; boundary=b\r\n`;
    return sendRaw(
      fixture.port,
      `${head}Content-Length: ${body.length}\r\nCookie: ${cookie}\r\nscarf-want-digest: sha-256\r\n\r\n${body}`,
    );
  };

  it("keeps out what was damaged, and is told of what came whole", async () => {
    const id = await start();
    const damaged = await upload(id, "damaged", digest("as it was sent"));
    expect(damaged.headers.get("scarf-error-code")).toBe("TRANSFER_CORRUPT");
    expect(json(await get(`/files?TransID=${id}`))["Files"]).toEqual([]);
    const whole = await upload(id, "whole", digest("whole"));
    expect([whole.status, whole.headers.get("scarf-sha256")]).toEqual([201, digest("whole")]);
    const wanted = await get(`/download?TransID=${id}&File=f`, [
      `Cookie: ${cookie}`,
      "scarf-want-digest: sha-256",
    ]);
    expect(wanted.headers.get("scarf-digests")).toBe("behind");
    expect(wanted.text).toContain(`\r\n\r\nwhole\r\n`);
    expect(wanted.text).toContain(digest("whole"));
  });
});

describe("a stop", () => {
  it("ends what still runs before it takes the files away", async () => {
    const id = await start();
    const fields = { TransID: id, ScriptName: "long.sh", "long.sh": "trap '' TERM; sleep 60 & wait\n" };
    const job = String(json(await post("/submit", { fields }))["JobID"]);
    expect((await get(`/transaction?Action=Stop&TransID=${id}`)).status).toBe(200);
    expect(json(await get(`/query?JobID=${job}`))[job]).toMatchObject({ JobStatus: "REMOVED" });
    expectFailure(await post("/submit", { fields }), 400, /no open transaction/);
    expectFailure(
      await post("/upload", { fields: { TransID: id }, files: { x: "x" } }),
      400,
      /no open transaction/,
    );
    expectFailure(await get(`/transaction?Action=Stop&TransID=${id}`), 400, /no open transaction/);
    expect(await readdir(join(fixture.userDirectory, "transactions"))).not.toContain(id);
  });
});

describe("what goes wrong", () => {
  it("is 401 without a session, and with a wrong one", async () => {
    for (const path of ["/query", "/files?TransID=1", "/transaction?Action=Start", "/abort?JobID=1"]) {
      expect((await get(path, [])).headers.get("scarf-error-code")).toBe("SESSION_EXPIRED");
      expectFailure(await get(path, []), 401, /session/i);
      expectFailure(await get(path, ["Cookie: scarf_mantid_session=nonsense"]), 401, /session/i);
    }
  });

  it("is 401 with a way to log in for wrong credentials, and tells none of them", async () => {
    const answer = await get("/authenticate", [basic(userName, "wr0ng-password")]);
    expectFailure(answer, 401, /wrong/);
    expect(answer.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect(answer.headers.has("set-cookie")).toBe(false);
    for (const header of [
      "Authorization: Basic",
      "Authorization: Basic ????",
      "Authorization: Bearer x",
      "X: y",
    ]) {
      expectFailure(await get("/authenticate", [header]), 401, /user name|wrong/);
    }
    const logs = await Promise.all(
      ["gateway.log", "audit.log"].map((name) => readFile(join(fixture.folder, name), "utf8")),
    );
    expect(logs.join("")).toContain("AUTH_FAILED");
    expect(logs.join("")).not.toMatch(/wr0ng-password|d3Iwbm/);
  });

  it("is 400 for a job or transaction that is not there, or somebody else's", async () => {
    expectFailure(await get("/abort?JobID=987654"), 400, /./);
    expectFailure(await get("/query?JobID=987654"), 400, /./);
    expectFailure(await get("/abort"), 400, /JobID/);
    expectFailure(await get("/transaction?Action=stop"), 400, /Start or Stop/);
    const id = await start();
    const other = "somebody";
    await addUser(fixture.usersFile, other, "another password");
    const theirs = [`Cookie: ${await logIn(other, "another password")}`];
    for (const path of ["files?", "download?File=x&", "transaction?Action=Stop&"]) {
      expectFailure(await get(`/${path}TransID=${id}`, theirs), 400, /no open transaction/);
    }
    expect((await get(`/files?TransID=${id}`)).status).toBe(200);
  });

  it("lets no name lead out of a transaction", async () => {
    const id = await start();
    for (const name of ["../x", "/etc/passwd", "..", "a/../../x", "%2e%2e%2fx", "%00"]) {
      const answer = await get(`/download?TransID=${id}&File=${name}`);
      expect([name, answer.status]).toEqual([
        name,
        expect.toSatisfy((status) => status === 400 || status === 404),
      ]);
    }
    expectFailure(await get(`/files?TransID=${id}&Directory=../..`), 400, /no path/);
    const up = await post("/upload", { fields: { TransID: id, Directory: "../.." }, files: { x: "x" } });
    expectFailure(up, 400, /no path/);
    // The path is dropped, as the page of the interface says: names only.
    expect((await post("/upload", { fields: { TransID: id }, files: { "../../evil": "x" } })).status).toBe(
      201,
    );
    expect(json(await get(`/files?TransID=${id}`))["Files"]).toEqual(["evil"]);
    for (const name of ["../x.py", "a/b", "..", ".hidden"]) {
      const fields = { TransID: id, ScriptName: name, [name]: "print()" };
      expectFailure(await post("/submit", { fields }), 422, /name of a script/);
    }
  });

  it("is told for a form that lacks something, and makes no job", async () => {
    const id = await start();
    const before = Object.keys(json(await get("/query"))).length;
    expectFailure(await post("/submit", { fields: { TransID: id } }), 400, /ScriptName/);
    expectFailure(await post("/submit", { fields: { TransID: id, ScriptName: "a.py" } }), 400, /a\.py/);
    const fields = { TransID: id, ScriptName: "a.py", "a.py": "print()" };
    expectFailure(
      await post("/submit", { fields: { ...fields, TransID: "57" } }),
      400,
      /no open transaction/,
    );
    expectFailure(await post("/submit", { fields: { ...fields, NumNodes: "many" } }), 422, /NumNodes/);
    expectFailure(await post("/submit", { fields: { ...fields, NumNodes: "4000" } }), 422, /cores/);
    expectFailure(
      await post("/submit", { fields: { ...fields, "a.py": "x".repeat(100_001) } }),
      413,
      /larger/,
    );
    expectFailure(await post("/upload", { fields: { TransID: id } }), 409, /no file/);
    expectFailure(await post("/upload", { files: { x: "x" } }), 400, /TransID/);
    expectFailure(
      await post("/upload", { fields: { TransID: id }, files: { x: "x".repeat(200_001) } }),
      413,
      /larger/,
    );
    expect(json(await get(`/files?TransID=${id}`))["Files"]).toEqual(["a.py"]);
    expect(Object.keys(json(await get("/query"))).length).toBe(before);
  });

  it("is 404 for addresses that are none, and 400 for the wrong method", async () => {
    expect((await get("/Query")).headers.has("set-cookie")).toBe(false);
    expectFailure(await get("/Query"), 404, /case-sensitive/);
    expectFailure(await get(""), 404, /calls are/);
    expectFailure(await post("/query", {}), 400, /GET/);
    expectFailure(await get("/submit"), 400, /POST/);
  });
});

describe("our own client's key", () => {
  it("makes one job, in the first transaction", async () => {
    const ids = [await start(), await start()];
    const answers = await Promise.all(
      ids.map((id) =>
        post("/submit", {
          fields: { TransID: id, ScriptName: "a.sh", "a.sh": "echo ran >>ran.txt\n", SubmitKey: "k / 1" },
        }),
      ),
    );
    const [one, two] = answers.map(json);
    expect(two).toEqual(one);
    expect(ids).toContain(one?.["TransID"]);
  });
});

it("is not there unless it is turned on", async () => {
  await using plain = await startFixture();
  const answer = await sendRaw(plain.port, "GET /MantidRemote/info HTTP/1.1\r\nHost: x\r\n\r\n");
  expect(answer.status).toBe(404);
});

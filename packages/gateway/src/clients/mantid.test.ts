import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, mantidAccept, startFixture, userName } from "../testing/gateway-fixture.js";
import { chunked, type RawAnswer, sendRaw } from "../testing/raw-http.js";
import { mantidUploadBody, outerBoundary, pacSubmitBody, uploadBoundary } from "../testing/recorded.js";
import { waitFor } from "../testing/wait-for.js";
import { addUser } from "../users/users.js";

const base = "/platform/webservice/pacclient";

/** Mantid's SCARFTomoReconstruction (Poco 1.11): every request as it sends it, every answer read as it reads it. */
describe("Mantid", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  beforeAll(async () => {
    fixture = await startFixture({ baseUrl: "https://portal.scarf.rl.ac.uk:8443/" });
    cookie = await fixture.logOn();
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  function get(path: string, body = "", contentType = "application/xml"): Promise<RawAnswer> {
    const framing = body === "" ? "" : `Content-Length: ${body.length}\r\n`;
    return sendRaw(
      fixture.port,
      `GET ${path} HTTP/1.1\r\nContent-Type: ${contentType}\r\nUser-Agent: MANTID\r\nAccept: ${mantidAccept}\r\n` +
        `Cookie: platform_token=${cookie}\r\n${framing}Connection: Close\r\nHost: 127.0.0.1:18080\r\n\r\n${body}`,
    );
  }

  function post(path: string, boundary: string, ...pieces: readonly Buffer[]): Promise<RawAnswer> {
    return sendRaw(fixture.port, [
      `POST ${path} HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\nUser-Agent: MANTID\r\n` +
        `Accept: ${mantidAccept}\r\nCookie: platform_token=${cookie}\r\nTransfer-Encoding: chunked\r\nConnection: Close\r\n` +
        "Host: 127.0.0.1:18080\r\n\r\n",
      chunked(...pieces),
    ]);
  }

  async function submit(parameters: Readonly<Record<string, string>>): Promise<string> {
    const body = pacSubmitBody({ application: "generic", parameters });
    const { text } = await post(
      `${base}/submitapp`,
      outerBoundary,
      body.subarray(0, 100),
      body.subarray(100),
    );
    return text.slice(text.lastIndexOf("<id>") + 4, text.lastIndexOf("</id>"));
  }

  it("logs in at //cgi-bin/token.py: base URL and token on two lines, without carriage returns", async () => {
    const { text, status } = await sendRaw(
      fixture.port,
      `GET //cgi-bin/token.py?username=${userName}&password=correct+horse HTTP/1.1\r\nContent-Type: application/json\r\nUser-Agent: MANTID\r\nConnection: Close\r\nHost: x\r\n\r\n`,
    );
    // "+" stays what it is; the password has a space. See the next test for one that can be sent so.
    expect([status, text]).toEqual([200, "User name or password is wrong."]);
    await addUser(fixture.usersFile, "fed-id", "p+ss%41w%rd=?");
    const right = await sendRaw(
      fixture.port,
      "GET //cgi-bin/token.py?username=fed-id&password=p+ss%41w%rd=? HTTP/1.1\r\nContent-Type: application/json\r\nUser-Agent: MANTID\r\nConnection: Close\r\nHost: x\r\n\r\n",
    );
    const [first, second = ""] = right.text.split("\n");
    expect(first).toBe("https://portal.scarf.rl.ac.uk:8443/platform/");
    expect(second).toMatch(/^fed-id"\d{4}-[^"\r]*Z"[^"\r]*"[^"\r]*==$/);
    expect(right.text).not.toContain("\r");
  });

  it("its job manager encodes the password, with lower-case hexadecimal digits", async () => {
    await addUser(fixture.usersFile, "lsf", "a&b#c d/é");
    const encoded = encodeURIComponent("a&b#c d/é").toLowerCase();
    const { text } = await sendRaw(
      fixture.port,
      `GET /cgi-bin/token.py?username=lsf&password=${encoded} HTTP/1.1\r\nUser-Agent: MANTID\r\nHost: x\r\n\r\n`,
    );
    expect(text).toContain('\nlsf"');
  });

  it("never writes a password to a log", async () => {
    const log =
      (await readFile(join(fixture.folder, "gateway.log"), "utf8")) +
      (await readFile(join(fixture.folder, "audit.log"), "utf8"));
    expect(log).toContain("fed-id");
    for (const secret of ["p+ss", "correct", "a%26b", "a&b#c", "token.py?", "#quote#"])
      expect(log).not.toContain(secret);
  });

  it("pings without a body", async () => {
    const { text } = await get(`${base}/ping/`, "", "text/plain");
    expect(text).toBe("Web Services are ready on URL:https://portal.scarf.rl.ac.uk:8443/platform/");
  });

  it("submits by chunked POST; the id stands between the last <id> and the next <", async () => {
    expect(await submit({ COMMANDTORUN: "true", JOB_NAME: "Mantid_tomography_1" })).toMatch(/^\d+$/);
  });

  it("its job manager submits SCARF's form with nodes and cores; the command is python, the script and its arguments", async () => {
    const body = pacSubmitBody({
      application: "TOMOPY_0_1_9",
      parameters: {
        INPUT_ARGS: "--in /work/imat/a --out /work/imat/b",
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
        JOB_NAME: "Mantid_job_1",
        MIN_NUM_CPU: "1",
        MAX_NUM_CPU: "1",
        PROC_PRE_HOST: "1",
        INPUT_FILE: "/work/imat/recon.py",
      },
    });
    const { text, status } = await post(`${base}/submitapp`, outerBoundary, body);
    const id = text.slice(text.lastIndexOf("<id>") + 4, text.lastIndexOf("</id>"));
    expect([status, text]).toEqual([200, expect.stringMatching(/<Job><id>[1-9]\d*<\/id><\/Job>$/)]);
    const list = (await get(`${base}/jobs`)).text;
    expect(list).toContain(
      `<Job><cmd>python /work/imat/recon.py --in /work/imat/a --out /work/imat/b</cmd><extStatus>`,
    );
    expect(list).toContain(`<id>${id}</id><name>Mantid_job_1</name>`);
    expect((await get(`${base}/jobs?id=${id}&user=&details=yes`)).text).toContain(
      "<appType>TOMOPY_0_1_9</appType>",
    );
  });

  it("asks jobs/ for one job and picks it from the list by literal tags", async () => {
    const id = await submit({ COMMANDTORUN: "true", JOB_NAME: "Mantid_tomography_2" });
    const { text, status } = await get(`${base}/jobs/`);
    expect(status).toBe(200);
    expect(text).toContain("<Jobs>");
    expect(text).toContain("<extStatus>-</extStatus>");
    expect(text).toContain(`<id>${id}</id><name>Mantid_tomography_2</name>`);
    expect((await get(`${base}/jobs`)).text).toContain(`<id>${id}</id>`);
  });

  it("uploads chunked, the closing delimiter glued to the last byte: no byte is lost or added", async () => {
    for (const [name, data] of [
      ["plain.txt", "filedata"],
      ["ends with crlf.txt", "line\r\n"],
      ["ends with lf.txt", "line\n"],
      ["dashes.bin", `a\r\n--${uploadBoundary.slice(0, 20)}\r\n--`],
      ["empty.txt", ""],
      ["binary.bin", Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ] as const) {
      // Mantid does not encode the directory: %20 is part of the name.
      const directory = `${fixture.userDirectory}/work/im%20at`;
      const body = mantidUploadBody(directory, name, data);
      const { text, status } = await post(
        `${base}/upfile/0`,
        uploadBoundary,
        body.subarray(0, 60),
        body.subarray(60),
      );
      expect([name, status, text.includes("successfully")]).toEqual([name, 200, true]);
      expect([name, await readFile(join(directory, name))]).toEqual([name, Buffer.from(data)]);
    }
  });

  it("downloads all files, entries of the list as names, directories included: always 200, raw bytes or nothing", async () => {
    const id = await submit({
      COMMANDTORUN: "printf 'slice\\r\\n'; mkdir sub; printf '\\001\\377' > s.tif",
      OUTPUT_FILE: "%J.output",
    });
    await waitFor(async () =>
      (await get(`${base}/jobs/`)).text.includes(`<id>${id}</id><name>`) &&
      (await get(`${base}/jobs?id=${id}`)).text.includes("Done")
        ? true
        : undefined,
    );
    const list = await get(`${base}/jobfiles/${id}`);
    const received = new Map<string, string>();
    for (const entry of list.text.split(";").filter((text) => text !== "")) {
      const { status, text } = await get(`${base}/file/${id}`, entry);
      expect([entry, status]).toEqual([entry, 200]);
      const name = entry.slice(entry.lastIndexOf("/") + 1);
      received.set(name.slice(0, name.indexOf("*")), text);
    }
    expect(received.get(`${id}.output`)).toBe("slice\r\n");
    expect(received.get("s.tif")).toBe("\x01\xff");
    expect(received.get("sub")).toBe("");
    const starred = await get(`${base}/file/${id}`, `${id}.output*`);
    expect([starred.status, starred.text]).toEqual([200, "slice\r\n"]);
    const missing = await get(`${base}/file/${id}`, "missing");
    expect([missing.status, missing.text, missing.headers.get("scarf-error-code")]).toEqual([
      200,
      "",
      "FILE_NOT_FOUND",
    ]);
  });

  it("cancels, and is told why it can't", async () => {
    const id = await submit({ COMMANDTORUN: "sleep 60" });
    expect((await get(`${base}/jobOperation/kill/${id}`)).text).toContain("<actionMsg>");
    const unknown = await get(`${base}/jobOperation/kill/999999`);
    expect(unknown.status).toBe(200);
    expect(unknown.text).toMatch(/<errMsg>[^<]+<\/errMsg><id>0<\/id>/);
  });

  it("logs out, with whatever answer", async () => {
    cookie = await fixture.logOn();
    expect((await get(`${base}/logout/`)).text).toBe("ok");
    const again = await get(`${base}/logout/`);
    expect([again.status, /[/\\]/.test(again.text)]).toEqual([200, false]);
    cookie = await fixture.logOn();
  });

  it("does not overwrite a directory, and says so without the word of success", async () => {
    await mkdir(join(fixture.userDirectory, "d", "x.txt"), { recursive: true });
    const body = mantidUploadBody(join(fixture.userDirectory, "d"), "x.txt", "data");
    const { text, status } = await post(`${base}/upfile/0`, uploadBoundary, body);
    expect(status).toBe(200);
    expect(text).toContain("is a directory");
    expect(text).not.toContain("successfully");
  });
});

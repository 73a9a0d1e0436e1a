import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "../testing/gateway-fixture.js";
import { sendRaw } from "../testing/raw-http.js";
import { type pacSubmit, pacUpload, pacUploadBody, submitAsPac } from "../testing/recorded.js";
import { WireUser } from "../testing/wire-user.js";

const base = "/platform/webservice/pacclient";

/** Files, as IBM's pac (Python 2 and 3) and lsf_faas list, fetch and send them. */
describe("files of IBM's Python clients", () => {
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

  it("jobfiles and file: the list, one file, several, wildcards, to the byte", async () => {
    const id = await submit(cookie, {
      parameters: {
        COMMANDTORUN:
          "printf 'out\\n'; printf 'err' >&2; : > empty.txt; mkdir sub; printf '\\000\\377\\r\\n' > sub/b.bin; touch .hidden 'a*b'",
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
      },
    });
    expect(await finished(id)).toBe("Done");
    const list = await fixture.get(`${base}/jobfiles/${id}`, cookie);
    const entries = list.text.split(";").slice(0, -1);
    expect(list.text.endsWith(";")).toBe(true);
    expect(entries.map((entry) => entry.replace(/^PAC Server\*\/.*\//, ""))).toEqual(
      expect.arrayContaining([
        `${id}.output*FILE*4*true`,
        `${id}.error*FILE*3*true`,
        "empty.txt*FILE*0*true",
        "sub*DIR*0*true",
      ]),
    );
    expect(list.text).not.toMatch(/hidden|a\*b/);
    // Only a client that says so gets names encoded, and then all of them.
    const encoded = await sendRaw(
      fixture.port,
      `GET ${base}/jobfiles/${id} HTTP/1.1\r\nHost: x\r\nCookie: platform_token=${cookie}\r\nscarf-names: encoded\r\n\r\n`,
    );
    expect(encoded.headers.get("scarf-names")).toBe("encoded");
    expect(encoded.text).toContain("/a%2Ab*FILE*0*true;");
    expect(list.headers.has("scarf-names")).toBe(false);
    const sub = await fixture.get(`${base}/jobfiles/${id}?dir=sub`, cookie);
    expect(sub.text).toMatch(/^PAC Server\*\/.*\/sub\/b\.bin\*FILE\*4\*true;$/);

    const one = await fixture.get(`${base}/file/${id}`, cookie, { body: `${id}.output` });
    const boundary = one.text.split("\r\n")[1] ?? "";
    expect(boundary).toMatch(/^--uuid:[0-9a-f-]{36}$/);
    expect(one.text).toBe(
      `\r\n${boundary}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\nContent-ID: <${id}.output>\r\n\r\nout\n\r\n${boundary}--`,
    );
    expect(Number(one.headers.get("content-length"))).toBe(one.body.length);

    const several = await fixture.get(`${base}/file/${id}`, cookie, {
      body: `${id}.error,empty.txt,sub/b.bin`,
    });
    const two = await fixture.get(`${base}/file/${id}`, cookie, { body: `${id}.error,${id}.output` });
    const mark = two.text.split("\r\n")[1] ?? "";
    const head = `${mark}\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n`;
    expect(two.text).toBe(
      `\r\n${head}Content-ID: <${id}.error>\r\n\r\nerr\r\n${head}Content-ID: <${id}.output>\r\n\r\nout\n\r\n${mark}--`,
    );
    expect(readAsPac(several.text)).toEqual([
      [`${id}.error`, "err"],
      ["empty.txt", ""],
      ["b.bin", "\0\xff\r\n"],
    ]);
    const matched = await fixture.get(`${base}/file/${id}`, cookie, { body: `${id}.*` });
    expect(readAsPac(matched.text).map(([name]) => name)).toEqual([`${id}.error`, `${id}.output`]);
  });

  it("file: failures are an empty body with 404 or 403", async () => {
    const id = await submit(cookie, { parameters: { COMMANDTORUN: "true" } });
    await finished(id);
    for (const body of ["missing", "../../../../etc/passwd", "/etc/passwd", `${id}.output|gzip`, ""]) {
      const { status, body: answer } = await fixture.get(`${base}/file/${id}`, cookie, { body });
      expect([body, status, answer.length]).toEqual([body, 404, 0]);
    }
    const unknown = await fixture.get(`${base}/file/999999`, cookie, { body: "x" });
    expect([unknown.status, unknown.body.length]).toEqual([404, 0]);
    const expired = await fixture.get(`${base}/file/${id}`, "u#quote#t", { body: "x" });
    expect([expired.status, expired.body.length]).toEqual([403, 0]);
  });

  it("upload: the directory percent-encoded, several files, replies with successfully", async () => {
    const directory = `${fixture.userDirectory}/im at`;
    const body = pacUploadBody(directory, [
      { name: "a.txt", data: "one\r\n" },
      { name: "b.bin", data: Buffer.from([0, 255, 13, 10]) },
    ]);
    const { text, status } = await sendRaw(fixture.port, pacUpload("upfile/0", cookie, body));
    expect(status).toBe(200);
    expect(text).toContain(`The file ${directory}/a.txt (5 bytes) was uploaded successfully.`);
    expect(await readFile(join(directory, "a.txt"), "latin1")).toBe("one\r\n");
    expect([...(await readFile(join(directory, "b.bin")))]).toEqual([0, 255, 13, 10]);
  });

  it("upload into a job's directory: no DirName, relative and absolute", async () => {
    const id = await submit(cookie, { parameters: { COMMANDTORUN: "true" } });
    await finished(id);
    for (const directory of ["", "below/it"]) {
      const body = pacUploadBody(directory, [{ name: "late.txt", data: "x" }]);
      const answer = await sendRaw(fixture.port, pacUpload(`upfile/${id}`, cookie, body));
      expect(answer.text).toContain("successfully");
      expect(decodeURIComponent(answer.headers.get("scarf-path") ?? "")).toContain(
        `/${directory === "" ? "" : "below/it/"}late.txt`,
      );
    }
    expect((await fixture.get(`${base}/jobfiles/${id}`, cookie)).text).toContain("late.txt*FILE*1*true;");
  });

  it("upload: a host in front, percent-encoded as pac does; no part for the directory; a Windows path", async () => {
    for (const [directory, status] of [
      ["localhost%3A", "successfully"],
      ["elsewhere.example.org%3A", "can't be sent to the host"],
    ] as const) {
      const body = pacUploadBody("", [{ name: "h.txt", data: "x" }]);
      const text = body
        .toString("latin1")
        .replace("<DirName>\r\n\r\n", `<DirName>\r\n\r\n${directory}${fixture.userDirectory}/host`);
      const answer = await sendRaw(fixture.port, pacUpload("upfile/0", cookie, Buffer.from(text, "latin1")));
      expect([directory, answer.status, answer.text]).toEqual([
        directory,
        200,
        expect.stringContaining(status),
      ]);
    }
    const id = await submit(cookie, { parameters: { COMMANDTORUN: "true" } });
    await finished(id);
    const whole = pacUploadBody("x", [{ name: "nodir.txt", data: "x" }]).toString("latin1");
    const withoutDirectory = whole.slice(whole.indexOf("--4k89", 5));
    const answer = await sendRaw(
      fixture.port,
      pacUpload(`upfile/${id}`, cookie, Buffer.from(withoutDirectory, "latin1")),
    );
    expect(answer.text).toContain("successfully");
    expect((await fixture.get(`${base}/jobfiles/${id}`, cookie)).text).toContain("/nodir.txt*FILE*1*true;");
  });

  it("file: wildcards, a path with a directory, an absolute path, and jobfiles of what is not there", async () => {
    const id = await submit(cookie, {
      parameters: {
        COMMANDTORUN: "mkdir sub; for n in a b c; do echo $n > jobfile_$n.txt; echo $n > sub/$n; done",
      },
    });
    expect(await finished(id)).toBe("Done");
    const list = (await fixture.get(`${base}/jobfiles/${id}`, cookie)).text;
    const root = /\*(\/[^*]*)\/jobfile_a\.txt\*/.exec(list)?.[1] ?? "";
    for (const [wanted, names] of [
      ["jobfile_*", ["jobfile_a.txt", "jobfile_b.txt", "jobfile_c.txt"]],
      ["jobfile_?.txt", ["jobfile_a.txt", "jobfile_b.txt", "jobfile_c.txt"]],
      ["jobfile_[ac].txt", ["jobfile_a.txt", "jobfile_c.txt"]],
      ["jobfile_a.txt,jobfile_c.txt", ["jobfile_a.txt", "jobfile_c.txt"]],
      ["sub/b", ["b"]],
      [`${root}/sub/c`, ["c"]],
      [`PAC Server*${root}/jobfile_b.txt*FILE*2*true`, ["jobfile_b.txt"]],
    ] as const) {
      const answer = await fixture.get(`${base}/file/${id}`, cookie, { body: wanted });
      expect([wanted, answer.status, readAsPac(answer.text).map(([name]) => name)]).toEqual([
        wanted,
        200,
        names,
      ]);
      expect(Number(answer.headers.get("content-length"))).toBe(answer.body.length);
    }
    // A message has no slash; a list always has one.
    const unknown = await fixture.get(`${base}/jobfiles/999999`, cookie);
    expect([unknown.status, unknown.text]).toEqual([200, expect.stringMatching(/^[^/\\*;]+$/)]);
    const slashes = await fixture.get(`${base}/jobfiles/a%2Fb%5Cc`, cookie);
    expect([slashes.status, slashes.text]).toEqual([200, expect.stringMatching(/^[^/\\*;]*a b c[^/\\*;]*$/)]);
    const noId = await fixture.get(`${base}/jobfiles/`, cookie);
    expect([noId.status, noId.text]).toEqual([200, expect.stringMatching(/^[^/\\*;]+$/)]);
  });

  it("uplargefile: float chunkamount, out of order, twice, over a restart; the file appears only when whole", async () => {
    const directory = join(fixture.userDirectory, "large");
    const chunk = async (number: number, data: string, amount = "3.000000001862645"): Promise<string> => {
      const body = pacUploadBody(directory, [{ name: `.big%20file.dat.${number}`, data }], {
        chunkid: String(number),
        chunkamount: amount,
        chunkbase: "big%20file.dat",
      });
      return (await sendRaw(fixture.port, pacUpload("uplargefile/0", cookie, body))).text;
    };
    const target = join(directory, "big file.dat");
    expect(await chunk(3, "ccc")).toBe("Chunk 3 of 3 of big file.dat was uploaded successfully.");
    expect(await chunk(1, "wrong")).toContain("successfully");
    expect(await chunk(1, "aaa")).toContain("successfully");
    await fixture.restart();
    await expect(readFile(target)).rejects.toThrow("ENOENT");
    expect(await chunk(2, "bbb")).toBe(`The file ${target} (9 bytes) was uploaded successfully.`);
    expect(await readFile(target, "latin1")).toBe("aaabbbccc");
    // The answer was lost and the client sends the last chunk again: nothing changes.
    expect(await chunk(2, "bbb")).toBe(`The file ${target} (9 bytes) was uploaded successfully.`);
    // Another file of the same name begins anew and replaces it when it is whole.
    expect(await chunk(1, "xx", "2.0")).toContain("Chunk 1 of 2");
    expect(await readFile(target, "latin1")).toBe("aaabbbccc");
    expect(await chunk(2, "yy", "2")).toContain("(4 bytes) was uploaded successfully");
    expect(await readFile(target, "latin1")).toBe("xxyy");
    // Killed after the file had its name and before the note of it: the same bytes are no obstacle, others are.
    const whole = (data: string): Buffer =>
      pacUploadBody(directory, [{ name: ".once.dat.1", data }], {
        chunkid: "1",
        chunkamount: "1",
        chunkbase: "once.dat",
      });
    const once = async (data: string): Promise<string> =>
      (
        await sendRaw(
          fixture.port,
          pacUpload("uplargefile/0", cookie, whole(data), "scarf-overwrite: no\r\n"),
        )
      ).text;
    await writeFile(join(directory, "once.dat"), "same");
    expect(await once("same")).toContain("(4 bytes) was uploaded successfully");
    expect(await once("diff")).toContain("exists already");
    expect(await readFile(join(directory, "once.dat"), "utf8")).toBe("same");
    for (const [number, amount] of [
      [0, "2"],
      [3, "2"],
      [1, "x"],
      [1, "-1"],
    ] as const) {
      expect(await chunk(number, "x", amount)).not.toContain("successfully");
    }
  });
});

/** Takes a download apart as pac's own code does: by the second line, by `Content-ID: <`, five characters behind the first `>`. */
function readAsPac(text: string): readonly (readonly [name: string, data: string])[] {
  const delimiter = (text.split("\n")[1] ?? "").trim();
  return text
    .split(delimiter)
    .filter((section) => section.includes("Content-ID:"))
    .map((section) => {
      const name = /Content-ID: <([^>]*)>/.exec(section)?.[1] ?? "";
      return [name, section.slice(section.indexOf(">") + 5, -2)];
    });
}

import { randomUUID } from "node:crypto";
import { link, mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";
import { addUser } from "./users/users.js";
import { parseUsersFile } from "./users/users-file.js";

const base = "/platform/webservice/pacclient";
const secret = "anna's own result";

/** What Bob, who is logged in, can do to Anna, who is not him: nothing, by whichever way he tries. */
describe("two users on one gateway", () => {
  let fixture: GatewayFixture;
  let anna: string;
  let bob: string;
  let job: string;
  let jobDirectory: string;
  let annaHome: string;
  let bobHome: string;

  beforeAll(async () => {
    fixture = await startFixture({ limits: { loginDelaySeconds: 0 } });
    for (const name of ["anna", "bob"]) await addUser(fixture.usersFile, name, password);
    anna = await fixture.logOn("anna");
    bob = await fixture.logOn("bob");
    annaHome = join(fixture.userDirectory, "..", "anna");
    bobHome = join(fixture.userDirectory, "..", "bob");
    const text = `printf %s "${secret}" > result.txt; mkdir sub; cp result.txt sub; sleep 60`;
    job = await submit(anna, text);
    jobDirectory = await waitFor(async () => {
      const [name] = await readdir(join(annaHome, "jobs"));
      const directory = join(annaHome, "jobs", name ?? "");
      return (await readdir(join(directory, "sub")).catch(() => [])).length > 0 ? directory : undefined;
    });
    await writeFile(join(annaHome, "private.txt"), secret);
  });
  afterAll(async () => {
    await fixture.get(`${base}/jobOperation/kill/${job}`, anna);
    await fixture[Symbol.asyncDispose]();
  });

  async function submit(cookie: string, commandLine: string, headers = ""): Promise<string> {
    const { text } = await sendRaw(
      fixture.port,
      pacSubmit(cookie, { parameters: { COMMANDTORUN: commandLine } }, headers),
    );
    const id = /<id>([1-9]\d*)</.exec(text)?.[1];
    if (id === undefined) throw new Error(text);
    return id;
  }

  const ws = (
    path: string,
    cookie: string,
    body?: string,
    headers: readonly string[] = [],
  ): Promise<RawAnswer> =>
    wsCall(fixture.port, {
      path,
      headers: [`Cookie: platform_token=${cookie}`, ...headers],
      ...(body !== undefined && { body }),
    });
  /** The directory exactly as it is given, without the encoding of pac's client. */
  const rawUploadBody = (
    directory: string,
    files: Parameters<typeof pacUploadBody>[1],
    fields = {},
  ): Buffer => {
    const [before = "", after = ""] = pacUploadBody("PLACE", files, fields).toString("latin1").split("PLACE");
    return Buffer.from(`${before}${directory}${after}`, "latin1");
  };
  const form = ["Content-Type: application/x-www-form-urlencoded"];

  /** Everything about the two of them that lies on the disk, but for what Bob's own jobs write. */
  const filesOfAnna = async (): Promise<readonly string[]> =>
    (await readdir(annaHome, { recursive: true })).toSorted();

  it("Anna herself gets it: the attempts below could succeed", async () => {
    expect((await fixture.get(`${base}/file/${job}`, anna, { body: "result.txt" })).text).toContain(secret);
    expect((await ws(`jobs/${job}`, anna)).status).toBe(200);
  });

  it("sees none of the other's jobs, whatever they are asked by", async () => {
    for (const path of [
      "jobs",
      `jobs?id=${job}`,
      `jobs/${job}`,
      `jobs?user=anna`,
      `jobs?user=all`,
      `jobs?name=*`,
      `jobs?id=${job}%20`,
      `jobs?id=0${job}`,
      `jobs?id=${job}%00`,
      `jobsforname/*`,
      `jobsforstatus/Running`,
    ]) {
      const { text } = await fixture.get(`${base}/${path}`, bob);
      expect([path, text.includes("sleep 60"), text.includes("<Job>")]).toEqual([path, false, false]);
    }
    for (const path of [
      `jobs/${job}`,
      `jobs/${job},${job}`,
      `jobs/basicinfo?ids=${job}`,
      `jobhistory?ids=${job}`,
      `jobfiles/${job}`,
    ]) {
      const { status, text } = await ws(path, bob);
      expect([path, status === 404 || !text.includes("sleep 60")]).toEqual([path, true]);
      expect(text).not.toContain("result.txt");
    }
    expect((await ws("jobhistory?username=anna", bob)).text).not.toContain("sleep 60");
    expect(
      (await ws(`notifications/register?workloadId=${job}`, bob, "NOTIFY_ENABLE=N", form)).status,
    ).toBeGreaterThanOrEqual(400);
  });

  it("can't act on them", async () => {
    for (const action of ["kill", "suspend", "resume", "requeue"]) {
      expect((await fixture.get(`${base}/jobOperation/${action}/${job}`, bob)).text).toContain("<errMsg>");
      expect((await ws(`jobs/${action}`, bob, `ids=${job}`, form)).status).toBe(404);
    }
    for (const command of [
      `bkill ${job}`,
      `bstop ${job}`,
      `bmod -Jn x ${job}`,
      `brequeue ${job}`,
      `bkill 0`,
    ]) {
      const body = `<UserCmd><cmd>${command}</cmd></UserCmd>`;
      await fixture.get(`${base}/userCmd`, bob, { body });
    }
    expect((await fixture.get(`${base}/jobs?id=${job}`, anna)).text).toContain("<status>Running</status>");
  });

  it("gets none of the other's files", async () => {
    const own = await submit(bob, "sleep 60");
    const names = [
      "result.txt",
      "sub/result.txt",
      `${jobDirectory}/result.txt`,
      join(annaHome, "private.txt"),
      "../../../anna/private.txt",
      "..%2f..%2f..%2fanna%2fprivate.txt",
      "%2e%2e/%2e%2e/%2e%2e/anna/private.txt",
      "./../../../anna/private.txt",
      `sub/../../../../anna/private.txt`,
      "..\\..\\..\\anna\\private.txt",
      `${bobHome}/../anna/private.txt`,
      "/etc/passwd",
      "....//....//anna/private.txt",
      "result.txt\0.txt",
      `*`,
      `../*`,
      `../../../anna/*`,
    ];
    for (const id of [job, own, `${job}%00`, ".."]) {
      for (const name of names) {
        for (const accept of ["multipart/mixed", "text/plain"]) {
          const { text } = await fixture.get(`${base}/file/${id}`, bob, { body: name, accept });
          expect([id, name, text.includes(secret) || text.includes("root:")]).toEqual([id, name, false]);
        }
      }
      const { text } = await fixture.get(`${base}/jobfiles/${id}`, bob);
      expect([id, text.includes("result.txt")]).toEqual([id, false]);
      for (const directory of ["../../../anna", "%2e%2e/%2e%2e", annaHome, "sub/../..", "/"]) {
        const listed = await fixture.get(`${base}/jobfiles/${id}?dir=${directory}`, bob);
        expect([directory, /private\.txt|result\.txt/.test(listed.text)]).toEqual([directory, false]);
      }
    }
    await fixture.get(`${base}/jobOperation/kill/${own}`, bob);
  });

  it("can't put anything into the other's directories, whole or in chunks", async () => {
    const before = await filesOfAnna();
    const file = [{ name: "planted.txt", data: "planted" }];
    const chunk = { chunkid: "1", chunkamount: "1", chunkbase: "planted.txt" };
    for (const directory of [
      annaHome,
      jobDirectory,
      "../anna",
      "%2e%2e/anna",
      "%2e%2e%2fanna",
      `${bobHome}/../anna`,
      "x/../../anna",
      "sub\0/../../anna",
    ]) {
      for (const id of ["0", job]) {
        const body = rawUploadBody(directory, file);
        const whole = await sendRaw(fixture.port, pacUpload(`upfile/${id}`, bob, body));
        const part = await sendRaw(
          fixture.port,
          pacUpload(`uplargefile/${id}`, bob, rawUploadBody(directory, file, chunk)),
        );
        expect([directory, id, /successfully/.test(whole.text + part.text)]).toEqual([directory, id, false]);
      }
    }
    for (const id of [job, `${job}[1]`]) {
      const whole = await sendRaw(fixture.port, pacUpload(`upfile/${id}`, bob, pacUploadBody("", file)));
      const part = await sendRaw(
        fixture.port,
        // The first of two: it must be refused before anything is kept of it.
        pacUpload(`uplargefile/${id}`, bob, pacUploadBody("", file, { ...chunk, chunkamount: "2" })),
      );
      expect([whole.text, part.text].filter((text) => text.includes("successfully"))).toEqual([]);
    }
    expect(await filesOfAnna()).toEqual(before);
    expect(await readdir(join(fixture.folder, "state", "spool"))).toEqual([]);
  });

  it("can't add to the other's unfinished upload, nor end it", async () => {
    const send = (cookie: string, number: number, data: string): Promise<RawAnswer> =>
      sendRaw(
        fixture.port,
        pacUpload(
          "uplargefile/0",
          cookie,
          pacUploadBody("in", [{ name: `.two.${number}`, data }], {
            chunkid: String(number),
            chunkamount: "2",
            chunkbase: "two.bin",
          }),
        ),
      );
    expect((await send(anna, 1, "anna1")).text).toContain("successfully");
    expect((await send(bob, 2, "bob2")).text).toContain("successfully");
    expect(await readdir(join(annaHome, "in")).catch(() => [])).toEqual([]);
    expect((await send(anna, 2, "anna2")).text).toContain("successfully");
    expect(await readFile(join(annaHome, "in", "two.bin"), "utf8")).toBe("anna1anna2");
    expect((await send(bob, 1, "bob1")).text).toContain("successfully");
    expect(await readFile(join(bobHome, "in", "two.bin"), "utf8")).toBe("bob1bob2");
  });

  it("has submit keys of his own", async () => {
    const key = `scarf-submit-key: ${randomUUID()}\r\n`;
    const hers = await submit(anna, "true", key);
    const his = await submit(bob, "true", key);
    expect(his).not.toBe(hers);
    expect(await submit(anna, "true", key)).toBe(hers);
  });

  it("is not let in by another's token, nor by one that was changed", async () => {
    const parts = anna.split("#quote#");
    const forged = [
      ["bob", ...parts.slice(1)].join("#quote#"),
      [parts[0], parts[1], ...bob.split("#quote#").slice(2)].join("#quote#"),
      anna.slice(0, -1),
      `${anna}A`,
      anna.toUpperCase(),
      "anna",
    ];
    for (const cookie of forged) {
      expect((await fixture.get(`${base}/jobs`, cookie)).text).toContain(
        "Your current login session was logout",
      );
    }
    // Logging out ends one's own session only.
    const second = await fixture.logOn("bob");
    expect((await fixture.get(`${base}/logout/`, second)).text).toBe("ok");
    expect((await fixture.get(`${base}/jobs`, anna)).text).not.toContain("errMsg");
    expect((await fixture.get(`${base}/jobs`, bob)).text).not.toContain("errMsg");
  });

  describe("links that one of Bob's jobs has made", () => {
    let own: string;
    let ownDirectory: string;
    beforeAll(async () => {
      own = await submit(bob, "true");
      ownDirectory = await waitFor(async () => {
        const { text } = await fixture.get(`${base}/jobfiles/${own}`, bob);
        return /(\/[^*;]*\/bob\/jobs\/[^/*;]+)\//.exec(text)?.[1];
      });
    });

    it("to files and directories of others lead nowhere, and are in no list", async () => {
      await symlink(join(annaHome, "private.txt"), join(ownDirectory, "link.txt"));
      await symlink("/etc/passwd", join(ownDirectory, "passwd.txt"));
      await symlink(annaHome, join(ownDirectory, "way"));
      await symlink("../../../anna", join(ownDirectory, "relative"));
      await symlink("way", join(ownDirectory, "again"));
      const { text: list } = await fixture.get(`${base}/jobfiles/${own}`, bob);
      expect(list).not.toMatch(/link\.txt|passwd|\/way|relative|again/);
      for (const name of [
        "link.txt",
        "passwd.txt",
        "way/private.txt",
        "relative/private.txt",
        "again/private.txt",
        "way/*",
      ]) {
        const { text } = await fixture.get(`${base}/file/${own}`, bob, { body: name });
        expect([name, text.includes(secret) || text.includes("root:")]).toEqual([name, false]);
      }
      for (const directory of ["way", "relative/in", "again"]) {
        const { text } = await fixture.get(`${base}/jobfiles/${own}?dir=${directory}`, bob);
        expect(text).not.toContain("private.txt");
        const body = pacUploadBody(directory, [{ name: "planted.txt", data: "x" }]);
        const answer = await sendRaw(fixture.port, pacUpload(`upfile/${own}`, bob, body));
        expect(answer.text).not.toContain("successfully");
      }
      expect(await filesOfAnna()).not.toContain("planted.txt");
    });

    it("in place of a file that is replaced: the link is replaced, and what it leads to stays", async () => {
      const upload = pacUploadBody("", [{ name: "link.txt", data: "bob's" }]);
      const answer = await sendRaw(fixture.port, pacUpload(`upfile/${own}`, bob, upload));
      expect(answer.text).toContain("successfully");
      expect(await readFile(join(annaHome, "private.txt"), "utf8")).toBe(secret);
      expect(await readFile(join(ownDirectory, "link.txt"), "utf8")).toBe("bob's");
      // A hard link is a name of the same file: replacing the one must not write into the other.
      await link(join(annaHome, "private.txt"), join(ownDirectory, "hard.txt"));
      await sendRaw(
        fixture.port,
        pacUpload(`upfile/${own}`, bob, pacUploadBody("", [{ name: "hard.txt", data: "bob's" }])),
      );
      expect(await readFile(join(annaHome, "private.txt"), "utf8")).toBe(secret);
    });

    it("swapped between check and use all the time: never the other's bytes", async () => {
      await mkdir(join(ownDirectory, "real"));
      await writeFile(join(ownDirectory, "real", "private.txt"), "bob's own");
      const stop = new AbortController();
      const swapping = (async () => {
        for (let turn = 0; !stop.signal.aborted; turn += 1) {
          await symlink(turn % 2 === 0 ? "real" : annaHome, join(ownDirectory, "next"));
          await rename(join(ownDirectory, "next"), join(ownDirectory, "swap"));
          // Each way stays for a moment now and then, so that some requests meet the same link at check and use.
          if (turn % 5 === 0) await setTimeout(5);
        }
      })();
      const seen = new Set<string>();
      try {
        for (let round = 0; round < 60 || (!seen.has("bob's own") && round < 1000); round += 1) {
          const asked = { body: "swap/private.txt", accept: "text/plain" };
          // Cut when the file has gone between the headers and the body: the client must not take it for complete.
          const answer = fixture.get(`${base}/file/${own}`, bob, asked);
          seen.add(
            await answer.then(
              ({ text }) => text,
              () => "",
            ),
          );
          const upload = pacUploadBody("swap", [{ name: "planted.txt", data: "x" }]);
          await sendRaw(fixture.port, pacUpload(`upfile/${own}`, bob, upload));
        }
      } finally {
        stop.abort();
        await swapping;
      }
      // The file itself came through at least once: the race was run.
      expect([...seen].toSorted()).toEqual(["", "bob's own"]);
      expect(await filesOfAnna()).not.toContain("planted.txt");
    });

    it("in place of the job's own directory, or of the user's", async () => {
      const aside = `${ownDirectory}-aside`;
      await rename(ownDirectory, aside);
      await symlink(annaHome, ownDirectory);
      expect((await fixture.get(`${base}/jobfiles/${own}`, bob)).text).not.toContain("private.txt");
      expect((await fixture.get(`${base}/file/${own}`, bob, { body: "private.txt" })).text).not.toContain(
        secret,
      );
      const body = pacUploadBody("", [{ name: "planted.txt", data: "x" }]);
      const answer = await sendRaw(fixture.port, pacUpload(`upfile/${own}`, bob, body));
      expect(answer.text).not.toContain("successfully");
      await rm(ownDirectory);
      await rename(aside, ownDirectory);
      await rename(bobHome, `${bobHome}-aside`);
      await symlink(annaHome, bobHome);
      try {
        const planted = await sendRaw(fixture.port, pacUpload("upfile/0", bob, body));
        expect(planted.text).not.toContain("successfully");
        expect(await filesOfAnna()).not.toContain("planted.txt");
      } finally {
        await rm(bobHome);
        await rename(`${bobHome}-aside`, bobHome);
      }
    });
  });

  it("names that differ in case only, or in how they are written, are not two users", async () => {
    for (const name of ["Anna", "ANNA", "annA"])
      await expect(addUser(fixture.usersFile, name, password)).rejects.toThrow(
        "differs from anna only in case",
      );
    // Look-alikes, other normal forms, invisible characters: none of them is a name.
    for (const name of [
      "аnna",
      "ａnna",
      "an​na",
      "anna\n",
      "anna ",
      "anna\0",
      "../anna",
      "anna/",
      "ańna",
      "ańna",
    ])
      await expect(addUser(fixture.usersFile, name, password)).rejects.toThrow("can't be a user name");
    const body = (name: string): string => `<User><name>${name}</name> <pass>${password}</pass> </User>`;
    for (const name of ["Anna", "ANNA", "anna ", "anna%00", "bob/../anna", "./anna"]) {
      const text = body(name);
      const answer = await sendRaw(
        fixture.port,
        `GET ${base}/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
      );
      expect([name, /<token>/.test(answer.text) && !answer.text.includes("anna&quot;")]).toEqual([
        name,
        false,
      ]);
    }
    const [, hash = ""] = /^anna:(.*)$/m.exec(await readFile(fixture.usersFile, "utf8")) ?? [];
    expect(() => parseUsersFile(`anna:${hash}\nAnna:${hash}\n`, "users")).toThrow(
      "users:2: expected each user once, found Anna, which differs from anna only in case",
    );
    expect((await readdir(join(fixture.userDirectory, ".."))).toSorted()).toEqual(["anna", "bob"]);
  });
});

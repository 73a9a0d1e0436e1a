import { appendFile, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { backupState, restoreState, type StatePlaces } from "./state/state-backup.js";
import { copyDatabase, openStore } from "./state/store.js";
import { migrations } from "./state/tables.js";
import { type GatewayFixture, startFixture } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./testing/recorded.js";
import { addUser } from "./users/users.js";

const base = "/platform/webservice/pacclient";
const key = "scarf-submit-key: the-one-submit\r\n";

describe("backup and restore of what a gateway knows", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  let jobId: string;
  let file: string;
  const places = (): StatePlaces => ({
    stateDirectory: join(fixture.folder, "state"),
    users: { file: fixture.usersFile },
  });
  const submit = async (): Promise<string> => {
    const { text } = await sendRaw(
      fixture.port,
      pacSubmit(cookie, { parameters: { COMMANDTORUN: "true" } }, key),
    );
    return /<id>([1-9]\d*)</.exec(text)?.[1] ?? text;
  };
  const sendChunk = (number: number): Promise<RawAnswer> =>
    sendRaw(
      fixture.port,
      pacUpload(
        "uplargefile/0",
        cookie,
        pacUploadBody("in", [{ name: `.big.${number}`, data: `part ${number};` }], {
          chunkid: String(number),
          chunkamount: "2",
          chunkbase: "big",
        }),
      ),
    );

  beforeAll(async () => {
    fixture = await startFixture();
    await addUser(fixture.usersFile, "second", "correct horse");
    cookie = await fixture.logOn();
    jobId = await submit();
    await sendChunk(1);
    file = join(fixture.folder, "backup.sqlite");
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  it("is made while requests go on, for its owner only, and replaces nothing", async () => {
    const asking = Array.from({ length: 20 }, () => fixture.get(`${base}/jobs`, cookie));
    const summary = await backupState(places(), file);
    await Promise.all(asking);
    expect(summary).toMatchObject({ file, sessions: 1, submitKeys: 1, users: 2, droppedUploads: 0 });
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
    expect((await readdir(fixture.folder)).filter((name) => name.includes("scarf-backup"))).toEqual([]);
    await expect(backupState(places(), file)).rejects.toMatchObject({ code: "FILE_EXISTS" });
    await expect(
      backupState({ ...places(), stateDirectory: join(fixture.folder, "nothing") }, `${file}2`),
    ).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
    // Neither a token nor a password can be read out of it.
    const bytes = await readFile(file, "latin1");
    for (const secret of [cookie.split("#quote#")[2] ?? "", "correct horse"])
      expect(bytes).not.toContain(secret);
  });

  it("is not put under the feet of a running gateway", async () => {
    await expect(restoreState(places(), file)).rejects.toThrow(
      "Another gateway is running on the state directory",
    );
    expect((await fixture.get(`${base}/jobs`, cookie)).text).not.toContain("errMsg");
  });

  it("refuses what is no backup, is damaged, or comes from a newer version, and changes nothing", async () => {
    await fixture.gateway.close();
    const before = await readdir(join(fixture.folder, "state"));
    const named = (name: string): string => join(fixture.folder, name);
    await writeFile(named("text"), "no database");
    // A database, but none of ours.
    openStore(named("other"), migrations).close();
    const bytes = await readFile(file);
    await writeFile(named("cut"), bytes.subarray(0, bytes.length - 8192));
    for (const name of ["text", "other", "cut"])
      await expect(restoreState(places(), named(name))).rejects.toMatchObject({ code: "FILE_KIND_WRONG" });
    await writeFile(named("changed"), bytes);
    const newer = openStore(named("changed"), []);
    newer.run(`PRAGMA user_version = ${migrations.length + 1}`);
    newer.close();
    copyDatabase(named("changed"), named("newer"));
    await expect(restoreState(places(), named("newer"))).rejects.toMatchObject({ code: "NOT_SUPPORTED" });
    await expect(restoreState(places(), join(fixture.folder, "missing"))).rejects.toMatchObject({
      code: "FILE_UNREADABLE",
    });
    expect(await readdir(join(fixture.folder, "state"))).toEqual(before);
  });

  it("brings everything back after a loss: sessions hold, a repeated submit makes no second job", async () => {
    await rm(join(fixture.folder, "state"), { recursive: true });
    await mkdir(join(fixture.folder, "state"), { mode: 0o700 });
    expect(await restoreState(places(), file)).toMatchObject({
      sessions: 1,
      submitKeys: 1,
      users: 2,
      droppedUploads: 1,
    });
    for (const name of ["gateway.sqlite", "users"])
      expect(((await stat(join(fixture.folder, "state", name))).mode & 0o777).toString(8)).toBe("600");
    await fixture.restart();
    expect((await fixture.get(`${base}/jobs`, cookie)).text).not.toContain("errMsg");
    expect(await submit()).toBe(jobId);
    expect(await fixture.logOn("second")).toContain("second");
    // Its first chunk was lost with the spool: the file must not come together without it.
    expect((await sendChunk(2)).text).toContain("Chunk 2 of 2 of big was uploaded successfully.");
    expect((await sendChunk(1)).text).toContain("big");
    expect(await readFile(join(fixture.userDirectory, "in", "big"), "utf8")).toBe("part 1;part 2;");
  });

  it("keeps what it replaces", async () => {
    await fixture.gateway.close();
    await appendFile(fixture.usersFile, "# by hand\n");
    await restoreState(places(), file);
    const state = await readdir(join(fixture.folder, "state"));
    const aside = state.find((name) => name.startsWith("before-restore-")) ?? "";
    expect(await readFile(join(fixture.folder, "state", aside, "users"), "utf8")).toContain("# by hand");
    expect(await readdir(join(fixture.folder, "state", aside))).toContain("gateway.sqlite");
    expect(state.filter((name) => name.startsWith("restore-") || name.endsWith("-wal"))).toEqual([]);
    await fixture.restart();
    expect(await submit()).toBe(jobId);
  });
});

import { mkdir, readlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, startFixture } from "../testing/gateway-fixture.js";
import { sendRaw } from "../testing/raw-http.js";
import { outerBoundary, pacSubmit, pacSubmitBody } from "../testing/recorded.js";
import { idOf, WireUser } from "../testing/wire-user.js";

const xml = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>';
const mixed = `multipart/mixed; boundary=${outerBoundary}`;

/** The request as it was recorded from pac's Python 3 client, every line ending CR LF; the file is `hello\n`. */
const recorded = `--bqJky99mlBWa-ZuqjC53mG6EzbmlxB
Content-Disposition: form-data; name="AppName"
Content-ID: <AppName>

generic
--bqJky99mlBWa-ZuqjC53mG6EzbmlxB
Content-Disposition: form-data; name="data"
Content-Type: multipart/mixed; boundary=_Part_1_701508.1145579811786
Accept-Language:en-us
Content-ID: <data>

--_Part_1_701508.1145579811786
Content-Disposition: form-data; name="COMMANDTORUN"
Content-Type: application/xml; charset=UTF-8
Content-Transfer-Encoding: 8bit
Accept-Language:en-us

<AppParam><id>COMMANDTORUN</id><value>cat in.txt</value><type></type></AppParam>
--_Part_1_701508.1145579811786
Content-Disposition: form-data; name="INPUT_FILE"
Content-Type: application/xml; charset=UTF-8
Content-Transfer-Encoding: 8bit
Accept-Language:en-us

<AppParam><id>INPUT_FILE</id><value>in.txt,upload</value><type>file</type></AppParam>
--_Part_1_701508.1145579811786--

--bqJky99mlBWa-ZuqjC53mG6EzbmlxB
Content-Disposition: form-data; name="in.txt"; filename="in.txt"
Content-Type: application/octet-stream
Content-Transfer-Encoding: binary
Accept-Language:en-us
Content-ID: <in.txt>

hello<LF>
--bqJky99mlBWa-ZuqjC53mG6EzbmlxB--
`
  .replaceAll("\n", "\r\n")
  .replace("<LF>", "\n");

/** Submits of IBM's pac, and of those who copied its form. */
describe("submits of IBM's Python clients", () => {
  let fixture: GatewayFixture;
  let user: WireUser;
  beforeAll(async () => {
    fixture = await startFixture();
    user = await WireUser.logOn(fixture);
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  const submit = async (...[body, extra]: [Parameters<typeof pacSubmit>[1], string?]): Promise<string> =>
    idOf(await sendRaw(user.port, pacSubmit(user.token, body, extra)));

  it("the recorded bytes: the same as the other tests send, and the answer to the byte", async () => {
    const made = pacSubmitBody({
      parameters: { COMMANDTORUN: "cat in.txt", INPUT_FILE: "in.txt,upload" },
      fileParameters: ["INPUT_FILE"],
      attachments: [{ name: "in.txt", data: "hello\n" }],
    });
    expect(made.toString("latin1")).toBe(recorded);
    const answer = await user.post("submitapp", mixed, recorded, ["accept: text/xml,application/xml;"]);
    const id = idOf(answer);
    expect([answer.status, answer.text]).toEqual([200, `${xml}<Job><id>${id}</id></Job>`]);
    expect(await user.endOf(id)).toBe("Done");
  });

  it("a failure to the byte: errMsg, and 0 for the id", async () => {
    const answer = await sendRaw(
      user.port,
      pacSubmit(user.token, { application: "nothing", parameters: {} }),
    );
    expect([answer.status, answer.text]).toEqual([
      200,
      `${xml}<Job><errMsg>There is no application called &quot;nothing&quot; here.</errMsg><id>0</id></Job>`,
    ]);
  });

  it("the job's directory has the name, 13 digits of milliseconds and 5 letters; %J is the id", async () => {
    const id = await submit({
      parameters: {
        JOB_NAME: "Mantid_tomography_1",
        COMMANDTORUN: "echo x",
        OUTPUT_FILE: "%J.output",
        ERROR_FILE: "%J.error",
      },
    });
    await user.endOf(id);
    const { text } = await user.get(`jobfiles/${id}`);
    expect(text).toMatch(
      new RegExp(`\\*/[^*]*/Mantid_tomography_1_\\d{13}[A-Za-z]{5}/${id}\\.output\\*FILE\\*2\\*true;`),
    );
    expect(text).toContain(`/${id}.error*FILE*0*true;`);
  });

  it("files of the cluster: copied, linked, by path, several in one value", async () => {
    const directory = join(fixture.userDirectory, "in put");
    await mkdir(directory, { recursive: true });
    for (const name of ["a.txt", "b.txt"]) await writeFile(join(directory, name), name);
    const linked = await submit({
      parameters: {
        COMMANDTORUN: "cat a.txt b.txt c.txt",
        INPUT_FILE: `${directory}/a.txt,copy;${directory}/b.txt,link;c.txt,upload`,
        OUTPUT_FILE: "%J.output",
      },
      fileParameters: ["INPUT_FILE"],
      attachments: [{ name: "c.txt", data: "c.txt" }],
    });
    expect(await user.endOf(linked)).toBe("Done");
    const list = (await user.get(`jobfiles/${linked}`)).text;
    const own = /\*(\/[^*]*)\/a\.txt\*/.exec(list)?.[1] ?? "";
    expect(await readlink(join(own, "b.txt"))).toBe(join(directory, "b.txt"));
    await expect(readlink(join(own, "a.txt"))).rejects.toThrow("EINVAL");
    expect((await user.get(`file/${linked}`, ["Accept: text/plain"], `${linked}.output`)).text).toBe(
      "a.txtb.txtc.txt",
    );
    // A file that is not there is found out when the job begins; it never passes for success.
    const missing = await submit({
      parameters: { COMMANDTORUN: "true", INPUT_FILE: `${directory}/none,copy` },
      fileParameters: ["INPUT_FILE"],
    });
    expect(await user.endOf(missing)).toBe("Exit");
  });

  it("raw bsub options and SPAN, as they stand on pac's command line", async () => {
    const id = await submit({
      parameters: {
        COMMANDTORUN: "pwd",
        OUTPUT_FILE: "%J.output",
        EXTRA_PARAMS: "-R 'select[type==any]' -nnodes 1",
        SPAN: "span[hosts=1]",
        RUNLIMITHOUR: "1",
        RUNLIMITMINUTE: "30",
        NOTIFY_ENABLE: "Y",
      },
    });
    expect(await user.endOf(id)).toBe("Done");
  });

  it("actions: requeue too, with LSF's sentence, and one job by each way of asking", async () => {
    const id = await submit({ parameters: { JOB_NAME: "jobA", COMMANDTORUN: "true" } });
    await user.endOf(id);
    const again = await user.get(`jobOperation/requeue/${id}`, ["accept: application/xml"]);
    expect(again.text).toBe(
      `${xml}<Job><actionMsg>Job &lt;${id}&gt; is being requeued</actionMsg><id>${id}</id></Job>`,
    );
    await user.endOf(id);
    for (const path of [
      `jobs?id=${id}&user=&details=&past=`,
      `jobs?id=${id}`,
      `jobs/${id}`,
      "jobsforname/jobA",
      "jobs?name=jobA&user=",
    ]) {
      const { text } = await user.get(path);
      expect([path, text]).toEqual([
        path,
        expect.stringContaining(`<id>${id}</id><name>jobA</name><status>Done</status>`),
      ]);
    }
  });

  it("the wildcard of a name fits an array's elements, and each status filters", async () => {
    const id = await submit({
      parameters: { COMMANDTORUN: "true", JOB_NAME: "jobarray", EXTRA_PARAMS: "-J jobarray[1-2]" },
    });
    for (const element of [1, 2]) await user.endOf(`${id}[${element}]`);
    const { text } = await user.get("jobs?name=job*&user=");
    expect(text).toContain(`<id>${id}[1]</id>`);
    for (const status of ["Pending", "Running", "Done", "Exit", "Suspended"]) {
      const filtered = (await user.get(`jobs?status=${status}&user=`)).text;
      expect([status, filtered.includes(`<id>${id}[1]</id>`)]).toEqual([status, status === "Done"]);
    }
    expect((await user.get("jobs?name=job*&user=somebody")).text).toContain(
      "<errMsg>You may not see the jobs of somebody",
    );
    expect((await user.get("jobs?name=job*&user=all")).text).toContain("<Job>");
  });

  it("a user command given as one word", async () => {
    const id = await submit({ parameters: { COMMANDTORUN: "sleep 60" } });
    const answer = await user.post(
      "userCmd",
      "application/xml",
      `<UserCmd><cmd>bkill -s SIGTERM ${id}</cmd></UserCmd>`,
      ["accept: text/xml"],
    );
    expect(answer.text).toBe(
      `${xml}<UserCmd><cmdMsg>Job &lt;${id}&gt; is being terminated</cmdMsg></UserCmd>`,
    );
  });

  it("the long form has every element that the clients print and this service knows, none of them empty", async () => {
    const id = await submit({
      parameters: { JOB_NAME: "long", COMMANDTORUN: "true", OUTPUT_FILE: "%J.output" },
    });
    await user.endOf(id);
    const { text } = await user.get(`jobs?id=${id}&user=&details=yes&past=`);
    const elements = [...text.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(
      ([, name = "", value = ""]) => [name, value] as const,
    );
    expect(elements.every(([, value]) => value !== "")).toBe(true);
    const names = elements.map(([name]) => name);
    expect(names).toEqual(names.toSorted());
    for (const name of [
      "app appType cmd cwd description endTime exHosts execCwd exitCode extStatus graphicJob groupName id infile",
      "jobForwarding name outfile pendReason projectName queue runTime startTime status submitTime user",
    ].flatMap((line) => line.split(" "))) {
      expect(names).toContain(name);
    }
    expect(Object.fromEntries(elements)).toMatchObject({
      appType: "generic",
      jobForwarding: "None",
      exitCode: "0",
    });
  });
});

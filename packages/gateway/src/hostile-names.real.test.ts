import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { decodePercent } from "scarf-tomo/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { type RawAnswer, sendRaw } from "./testing/raw-http.js";
import { mantidUploadBody, pacSubmit, pacUpload, pacUploadBody, uploadBoundary } from "./testing/recorded.js";
import { waitFor } from "./testing/wait-for.js";
import { wsCall } from "./testing/ws-call.js";

const base = "/platform/webservice/pacclient";

/** As bytes, since not every name is a text; written into the clients' requests as they stand. */
const names: readonly Buffer[] = [
  "with space",
  " spaces around ",
  "quote\"in'it",
  "star*",
  "semi;colon",
  "comma,bar|plus+",
  "cdata]]>",
  "<script>alert(1)<\\script>",
  "&amp;&lt;",
  "per%41cent",
  "%2e%2e%2fevil",
  "..%2fevil",
  "quote#quote#",
  "-rf",
  ".hidden",
  "...",
  "a..b",
  "a.",
  "CON",
  "back\\slash",
  "C:\\Users\\evil",
  "..\\evil",
  "../evil",
  "../../../evil",
  "/evil",
  "/etc/evil",
  "a/../../evil",
  "a/evil",
  "evil/",
  "..",
  ".",
  "/",
  "new\nline",
  "carriage\rreturn",
  'x"\r\nContent-ID: <evil>\r\nX: "',
  "tab\there",
  "nul\0l",
  "red\x1b[31m",
  "del\x7f",
  "ü–日本",
  "cafe\u0301",
  "caf\u00E9",
  "right\u202Etxt.exe",
  "\u{1F600}\u2028",
  "l".repeat(255),
  "m".repeat(256),
  "日".repeat(85),
  "日".repeat(86),
  "x".repeat(5000),
  "case",
  "CASE",
  ".scarf-part-1",
  "__proto__",
  "DirName",
]
  .map((name) => Buffer.from(name))
  .concat(Buffer.from("no\xffutf8", "latin1"), Buffer.from("cut\xe6\x97", "latin1"));

interface Sent {
  readonly answer: RawAnswer;
  readonly accepted: boolean;
}

/** A file on its way in, by one of the ways there are, with a name that went past every check of a client. */
type Way = (name: string, directory: string, data: string) => Promise<Sent>;

describe("names that raw clients send", () => {
  let fixture: GatewayFixture;
  let cookie: string;
  let job: string;
  let jobDirectory: string;
  let mantidCookie: string;

  beforeAll(async () => {
    fixture = await startFixture({ limits: { loginDelaySeconds: 0 }, mantidWeb: { enabled: true } });
    cookie = await fixture.logOn();
    job = await submit({ parameters: { COMMANDTORUN: "true", JOB_NAME: "target" } });
    jobDirectory = await waitFor(async () => {
      const [name = ""] = await readdir(join(fixture.userDirectory, "jobs"));
      const directory = join(fixture.userDirectory, "jobs", name);
      // Its end brings the last file of its own.
      const { text } = await fixture.get(`${base}/jobs?id=${job}`, cookie);
      return text.includes("<status>Done</status>") ? directory : undefined;
    });
    for (const place of [
      fixture.folder,
      fixture.userDirectory,
      jobDirectory,
      join(fixture.userDirectory, ".."),
    ]) {
      await mkdir(place, { recursive: true });
      await writeFile(join(place, "evil"), "untouched");
    }
    const basic = Buffer.from(`${userName}:${password}`).toString("base64");
    const { headers } = await mantid(`GET /MantidRemote/authenticate`, `Authorization: Basic ${basic}\r\n`);
    mantidCookie = `Cookie: ${(headers.get("set-cookie") ?? "").split(";")[0] ?? ""}\r\n`;
  });
  afterAll(() => fixture[Symbol.asyncDispose]());

  async function submit(body: Parameters<typeof pacSubmit>[1]): Promise<string> {
    const { text } = await sendRaw(fixture.port, pacSubmit(cookie, body));
    return /<Job><id>(\d+)<\/id><\/Job>$/.exec(text)?.[1] ?? text;
  }

  function mantid(line: string, headers: string, body: string | Buffer = ""): Promise<RawAnswer> {
    const length = `Content-Length: ${Buffer.byteLength(body, "latin1")}\r\n`;
    return sendRaw(fixture.port, [`${line} HTTP/1.1\r\nHost: x\r\n${headers}${length}\r\n`, body]);
  }

  /** The helpers write UTF-8; what they get is Latin-1 of the very bytes, so it is turned back. */
  const raw = (body: Buffer): Buffer => Buffer.from(body.toString("utf8"), "latin1");

  const ways: Readonly<Record<string, Way>> = {
    "pac, upfile": async (name, directory, data) => {
      const body = raw(pacUploadBody(directory, [{ name, data }]));
      const answer = await sendRaw(fixture.port, pacUpload(`upfile/${job}`, cookie, body));
      return { answer, accepted: answer.text.includes("successfully") };
    },
    "Mantid, upfile": async (name, directory, data) => {
      const body = raw(mantidUploadBody(`${jobDirectory}/${directory}`, name, data));
      const [head = "", ...rest] = pacUpload(`upfile/${job}`, cookie, body, "User-Agent: MANTID\r\n");
      const answer = await sendRaw(fixture.port, [head, ...rest]);
      return { answer, accepted: answer.text.includes("successfully") };
    },
    "pac, uplargefile": async (name, directory, data) => {
      const fields = { chunkid: "1", chunkamount: "1", chunkbase: name };
      const body = raw(pacUploadBody(directory, [{ name: `${name}.1`, data }], fields));
      const answer = await sendRaw(fixture.port, pacUpload(`uplargefile/${job}`, cookie, body));
      return { answer, accepted: answer.text.includes("successfully") };
    },
    "the current generation": async (name, directory, data) => {
      const answer = await wsCall(fixture.port, {
        path: `jobfiles/upload/${job}`,
        headers: [
          `Cookie: platform_token=${cookie}`,
          "Accept: application/json",
          `Content-Type: multipart/mixed; boundary=${uploadBoundary}`,
        ],
        body: raw(pacUploadBody(directory, [{ name, data }])),
      });
      return { answer, accepted: answer.status === 200 };
    },
    "Mantid's JSON": async (name, directory, data) => {
      const part = (disposition: string, value: string): string =>
        `--B\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${value}\r\n`;
      const id = (await mantid("GET /MantidRemote/transaction?Action=Start", mantidCookie)).text;
      const transaction = /"TransID":\s*"?([^",}]+)/.exec(id)?.[1] ?? id;
      const body = `${part('name="TransID"', transaction)}${part('name="Directory"', directory)}${part(`name="${name}"; filename="${name}"`, data)}--B--\r\n`;
      const type = "Content-Type: multipart/form-data; boundary=B\r\n";
      const answer = await mantid(
        "POST /MantidRemote/upload",
        mantidCookie + type,
        Buffer.from(body, "latin1"),
      );
      return { answer, accepted: answer.status === 201 };
    },
  };

  it.each(Object.entries(ways))(
    "%s: one file with these bytes in its directory, or none",
    async (title, send) => {
      const wrong: unknown[] = [];
      let before = await listFiles();
      for (const [index, name] of names.entries()) {
        const directory = `way${Object.keys(ways).indexOf(title)}-${index}`;
        const data = `bytes of ${directory}`;
        const { answer, accepted } = await send(name.toString("latin1"), directory, data);
        const after = await listFiles();
        const created = [...after].filter(([path, content]) => before.get(path) !== content);
        const gone = [...before.keys()].filter((path) => !after.has(path));
        before = after;
        const [path, content] = created[0] ?? ["", ""];
        const at = path.indexOf(`/${directory}/`);
        const stored = Buffer.from(path.slice(at + directory.length + 2), "latin1");
        const problems = [
          gone.length > 0 && `lost ${gone.join(", ")}`,
          created.length !== (accepted ? 1 : 0) && `${created.length} files`,
          accepted && (at < 0 || content !== data) && `it is ${path}: ${content}`,
          accepted &&
            !mayBecome(name).some((allowed) => allowed.equals(stored)) &&
            `named ${stored.toString()}`,
          !accepted && !/\S/.test(answer.text) && "no word",
          answer.headers.get("scarf-error-code") === "OUTPUT_UNREADABLE" && "a bug",
          answer.status >= 500 && `status ${answer.status}`,
        ].filter((problem) => problem !== false);
        if (problems.length > 0)
          wrong.push([name.toString("latin1").slice(0, 60), problems, answer.text.slice(0, 200)]);
      }
      expect(wrong).toEqual([]);
      expect((await fixture.get(`${base}/ping/`, cookie)).text).toContain("ready");
    },
  );

  /** Content of every file below the test's folder but for what the gateway and the engine write for themselves. */
  async function listFiles(): Promise<ReadonlyMap<string, string>> {
    const files = new Map<string, string>();
    const places = [jobDirectory, join(fixture.userDirectory, "transactions")];
    const visit = async (directory: Buffer): Promise<void> => {
      for (const entry of await readdir(directory, { withFileTypes: true, encoding: "buffer" })) {
        const path = Buffer.concat([directory, Buffer.from("/"), entry.name]);
        if (entry.isDirectory()) await visit(path);
        else files.set(relative(fixture.folder, path.toString("latin1")), await readFile(path, "utf8"));
      }
    };
    for (const place of places) {
      await mkdir(place, { recursive: true });
      await visit(Buffer.from(place));
    }
    for (const place of [
      fixture.folder,
      fixture.userDirectory,
      join(fixture.userDirectory, ".."),
      "/etc",
      "/",
    ])
      for (const name of await readdir(place))
        if (name.includes("evil")) files.set(join(place, name), await readFile(join(place, name), "utf8"));
    return files;
  }
});

/**
 * The name itself; its last part, where a client sent a path; what stands in its place where the wire encodes names, or trims
 * them (a number of chunks has a line end behind it, and so has the name in the field beside it).
 */
function mayBecome(name: Buffer): readonly Buffer[] {
  const text = name.toString();
  // Old clients write Latin-1.
  if (!Buffer.from(text).equals(name)) return [Buffer.from(name.toString("latin1"))];
  // That is another header of the part, and the name is the one that it gives.
  if (text.includes("\r\nContent-ID: <evil>")) return [Buffer.from("evil"), Buffer.from("x")];
  const spellings = [text, text.trim(), decodePercent(text)];
  return spellings.flatMap((spelling) =>
    [spelling, spelling.split("/").at(-1), spelling.split(/[/\\]/).at(-1)].map((part) =>
      Buffer.from(part ?? ""),
    ),
  );
}

import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ScarfProgram, type ServedGateway } from "./scarf-program.js";
import {
  findIn,
  findInFiles,
  passwordSecret,
  ProcessWatch,
  type Secret,
  tokenSecret,
} from "./search-secrets.js";

const password = `it's "Qz7hT4wK9sLm" & <ö> %41 #`;
const wrongPassword = `not "Xw3jR8vN2pBd" & <ü>`;
const passwords = [
  passwordSecret("the password", password),
  passwordSecret("the wrong password", wrongPassword),
];
const configuration = `
listen = "127.0.0.1:0"
stateDirectory = "gateway-state"
[log]
level = "debug"
file = "gateway.log"
auditFile = "audit.log"
[limits]
loginDelaySeconds = 0
[resources.cluster]
kind = "local"
workspace = "cluster"
idleSeconds = 1
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-secrets-"));
});
afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));

describe("the search", () => {
  it("finds what is planted, however it is spelt", async () => {
    const watch = new ProcessWatch(passwords);
    const child = spawn("sleep", ["5"], { env: { ...process.env, PASSWORD: password } });
    const other = spawn("sh", ["-c", "sleep 5; :", wrongPassword]);
    const spellings = [
      password,
      encodeURIComponent(password),
      new URLSearchParams({ password }).toString(),
      JSON.stringify(password),
      Buffer.from(`ada:${password}`).toString("base64"),
      Buffer.from(password).toString("base64"),
    ];
    for (const [number, spelling] of spellings.entries())
      await writeFile(join(folder, `.${number}`), `x${spelling}y`);
    await expect.poll(() => watch.found.size, { timeout: 5000 }).toBe(2);
    await watch.stop();
    child.kill();
    other.kill();
    expect([...watch.found].sort()).toEqual([
      "the password in environment: sleep 5",
      `the wrong password in arguments: sh -c sleep 5; : ${Buffer.from(wrongPassword).toString("latin1")}`,
    ]);
    const { found } = await findInFiles(folder, passwords);
    expect(found.map(({ path }) => relative(folder, path)).sort()).toEqual(
      spellings.map((_, number) => `.${number}`),
    );
    expect(
      findIn('cookie: a#quote#AAAABBBBCCCCDDDD"', [tokenSecret("t", 'u"2026"AAAABBBBCCCCDDDD')]),
    ).toEqual(["t"]);
  });
});

describe("a whole journey, with all that goes wrong on it", { timeout: 60_000 }, () => {
  let scarf: ScarfProgram;
  let gateway: ServedGateway | undefined;
  let watch: ProcessWatch;

  beforeAll(() => {
    watch = new ProcessWatch(passwords);
  });
  afterAll(() => watch.stop());
  afterEach(() => gateway?.stop());

  it("leaves password and token in no file, log, output, argument or environment", async () => {
    scarf = new ScarfProgram(folder);
    for (const name of ["tmp", "config"]) await mkdir(join(folder, name));
    await writeFile(join(folder, "gateway.toml"), configuration);
    await writeFile(join(folder, "scan.bin"), Buffer.alloc(300_000, 7));
    const run = async (args: string, stdin?: string): Promise<string> => {
      const { exitCode, stdout, stderr } = await scarf.run(args.split(" "), stdin);
      expect([args, exitCode, stderr]).toEqual([args, 0, stderr]);
      return stdout;
    };
    const failing = async (exitCode: number, args: string, stdin?: string): Promise<void> => {
      const ended = await scarf.run([...args.split(" "), "--verbose"], stdin);
      expect([args, ended.exitCode, ended.stderr]).toEqual([args, exitCode, ended.stderr]);
      expect(ended.stderr).toContain("scarf: ");
    };

    await run("user add ada --password-stdin --config gateway.toml", password);
    gateway = await scarf.serve("gateway.toml");
    const pac = gateway.url;
    const { origin } = new URL(pac);
    const page = `${origin}/cgi-bin/token.py`;
    await writeFile(
      join(folder, "config", "config.toml"),
      `[resources]\nlogon = { kind = "pac", url = "${pac}" }\n` +
        `page = { kind = "pac", url = "${pac}", login = "token-page", tokenPage = "${page}" }\n` +
        `query = { kind = "pac", url = "${pac}", login = "token-page", tokenPage = "${page}", tokenMethod = "query" }\n`,
    );

    // Every way to log in, right and wrong; with Mantid's own request, whose address holds the password.
    const tokens: Secret[] = [];
    const resources = ["logon", "page", "query"];
    await Promise.all(
      resources.map((resource) => failing(77, `login ${resource} --password-stdin`, wrongPassword)),
    );
    await Promise.all(resources.map((resource) => run(`login ${resource} --password-stdin`, password)));
    for (const resource of resources)
      tokens.push(tokenSecret(`the token of ${resource}`, await readToken(resource)));
    const answers: string[] = [];
    for (const given of [password, wrongPassword])
      answers.push(
        await get(`${origin}//cgi-bin/token.py?username=ada&password=${encodeURIComponent(given)}`),
      );
    expect(answers[0]).toMatch(/^http.*\nada"/);
    tokens.push(tokenSecret("the token of Mantid", answers[0]?.split("\n")[1] ?? ""));
    expect(answers[1]).not.toMatch(/^http/);
    const algorithm = "run SCARFTomoReconstruction --ComputeResource=page";
    await failing(77, `${algorithm} --Action=LogIn --password-stdin`, wrongPassword);
    await run(`${algorithm} --Action=LogIn --password-stdin`, password);
    tokens.push(tokenSecret("the newer token of page", await readToken("page")));
    const secrets = [...passwords, ...tokens];
    watch.secrets.push(...tokens);

    const id = (await run("submit -q -r page --attach scan.bin -- sh -c env;ps;sleep${IFS}1.25")).trim();
    await Promise.all([
      run("upload scan.bin --to data -r page --verbose"),
      run("submit --explain -r logon -- sleep 1"),
      failing(66, "job 999999 -r page"),
      failing(65, "submit -r page --queue no-such-queue -- true"),
    ]);
    await run(`wait ${id} -r page`);
    await Promise.all([
      run("whoami --json"),
      run(`job ${id} -r page --json`),
      run(`download ${id} -r page -o results`),
    ]);

    // While somebody is logged in the token is in their own file, which nobody else can read, and nowhere else.
    const during = await findInFiles(folder, secrets);
    expect(during.searched).toBeGreaterThan(20);
    const ownFiles = during.found.map(
      ({ path, mode }) => `${relative(folder, dirname(path))} ${mode.toString(8)}`,
    );
    expect(ownFiles.sort()).toEqual(resources.map((resource) => `state/sessions/${resource}/ada 600`));

    await Promise.all([run("logout page"), run("logout query")]);
    await failing(77, "jobs -r page");
    await gateway.stop();
    gateway = undefined;
    await Promise.all([failing(75, "jobs -r logon"), failing(75, "login page --password-stdin", password)]);
    await run("logout logon");

    const after = await findInFiles(folder, secrets);
    expect(after.found).toEqual([]);
    expect(await readdir(folder, { recursive: true })).toEqual(
      expect.arrayContaining(["gateway.log", "audit.log", "gateway-state", "cluster/users/ada"]),
    );
    expect(await readFile(join(folder, "results", `${id}.output`), "utf8")).toContain("LSB_JOBID");

    await watch.stop();
    for (const part of ["serve --verbose", "login query --password-stdin", "sleep 1.25", "engine-main"])
      expect(
        [...watch.commandLines].some((line) => line.includes(part)),
        `${part} was seen among the processes`,
      ).toBe(true);
    expect([...watch.found]).toEqual([]);

    expect(scarf.transcript.length).toBeGreaterThan(20);
    expect(scarf.transcript.filter((ended) => findIn(JSON.stringify(ended), secrets).length > 0)).toEqual([]);
  });

  async function readToken(resource: string): Promise<string> {
    const place = join(folder, "state", "sessions", resource, "ada");
    const names = (await readdir(place)).filter((name) => name.endsWith(".token"));
    expect(names).toHaveLength(1);
    const saved: unknown = JSON.parse(await readFile(join(place, names[0] ?? ""), "utf8"));
    const token = /"token":"((?:[^"\\]|\\.)*)"/.exec(JSON.stringify(saved))?.[1] ?? "";
    return token.replaceAll('\\"', '"');
  }
});

/** A GET whose target is sent as it stands. */
async function get(url: string): Promise<string> {
  const [, origin = "", target = ""] = /^(http:\/\/[^/]+)(.*)$/.exec(url) ?? [];
  return new Promise((resolve, reject) => {
    request(origin, { path: target }, (answer) => resolve(text(answer)))
      .once("error", reject)
      .end();
  });
}

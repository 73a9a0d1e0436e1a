import { mkdtemp, readFile, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AuthError,
  type ComputeResource,
  LocalResource,
  SchedulerError,
  type Session,
  TransportError,
} from "scarf-tomo";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Gateway, startGateway } from "./server/start-gateway.js";
import { alterResource } from "./testing/altered-resource.js";
import { type GatewayFixture, password, startFixture, userName } from "./testing/gateway-fixture.js";
import { sendRaw } from "./testing/raw-http.js";
import { pacSubmit } from "./testing/recorded.js";
import { removeFolder } from "./testing/remove-folder.js";
import { addUser } from "./users/users.js";

const base = "/platform/webservice/pacclient";
const simple = { parameters: { COMMANDTORUN: "true", JOB_NAME: "simple" } };

describe("a gateway", () => {
  let fixture: GatewayFixture;
  beforeEach(async () => {
    fixture = await startFixture();
  });
  afterEach(() => fixture[Symbol.asyncDispose]());

  it("keeps sessions and submit keys over a restart", async () => {
    const cookie = await fixture.logOn();
    const submit = (): ReturnType<typeof sendRaw> =>
      sendRaw(fixture.port, pacSubmit(cookie, simple, "scarf-submit-key: once%20only\r\n"));
    const first = await submit();
    expect(first.text).toMatch(/<id>\d+<\/id>/);
    await fixture.restart();
    expect((await submit()).text).toBe(first.text);
    expect((await fixture.get(`${base}/jobs`, cookie)).text.match(/<Job>/g)).toHaveLength(1);
  });

  it("makes one job of a hundred submits with the same key at the same time, and one for each without", async () => {
    const cookie = await fixture.logOn();
    const keyed = await Promise.all(
      Array.from({ length: 100 }, () =>
        sendRaw(fixture.port, pacSubmit(cookie, simple, "scarf-submit-key: k\r\n")),
      ),
    );
    expect(new Set(keyed.map(({ text }) => text)).size).toBe(1);
    const [one, two] = await Promise.all([1, 2].map(() => sendRaw(fixture.port, pacSubmit(cookie, simple))));
    expect(one?.text).not.toBe(two?.text);
  });

  it("has a key of each user's own", async () => {
    await addUser(fixture.usersFile, "other", password);
    const ids = await Promise.all(
      [userName, "other"].map(async (user) => {
        const cookie = await fixture.logOn(user);
        return (await sendRaw(fixture.port, pacSubmit(cookie, simple, "scarf-submit-key: k\r\n"))).text;
      }),
    );
    expect(ids[0]).not.toBe(ids[1]);
  });

  it("lets a user's programs log in at the same time, and still counts guesses that are made at the same time", async () => {
    await Promise.all(Array.from({ length: 12 }, () => fixture.logOn()));
    await addUser(fixture.usersFile, "guessed", "battery staple");
    const guesses = await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        fixture.logOn("guessed", `guess number ${number}`).catch((error: unknown) => String(error)),
      ),
    );
    expect(guesses.filter((said) => said.includes("User name or password is wrong"))).toHaveLength(5);
    expect(guesses.filter((said) => said.includes("Too many log-ins failed"))).toHaveLength(15);
    await expect(fixture.logOn("guessed", "battery staple")).rejects.toThrow("Too many log-ins failed");
  });

  it("writes who did what from where into the audit log, and nothing secret into any", async () => {
    const cookie = await fixture.logOn();
    await expect(fixture.logOn(userName, "wrong-password")).rejects.toThrow(
      "User name or password is wrong.",
    );
    await sendRaw(fixture.port, pacSubmit(cookie, simple));
    await fixture.get(`${base}/jobOperation/kill/999999`, cookie);
    await fixture.get(`${base}/jobs`, cookie);
    await fixture.get(`${base}/logout/`, cookie);
    const text = await readFile(join(fixture.folder, "audit.log"), "utf8");
    const lines = text
      .trim()
      .split("\n")
      .map((line): Record<string, unknown> => Object.fromEntries(Object.entries(readObject(line))));
    expect(lines.map(({ act, user, outcome }) => [act, user, outcome])).toEqual([
      ["log-in", userName, "ok"],
      ["log-in", userName, "AUTH_FAILED"],
      ["submit", userName, "ok"],
      ["job operation", userName, "JOB_NOT_FOUND"],
      ["query", userName, "ok"],
      ["log-out", userName, "ok"],
    ]);
    expect(lines[0]).toMatchObject({ address: "127.0.0.1", resource: "local" });
    expect(lines[3]).toMatchObject({ subject: "kill 999999" });
    const log = await readFile(join(fixture.folder, "gateway.log"), "utf8");
    const secret = cookie.split("#quote#")[2] ?? "no token";
    for (const hidden of [secret, password, "wrong-password"]) expect(text + log).not.toContain(hidden);
    expect(((await stat(join(fixture.folder, "audit.log"))).mode & 0o777).toString(8)).toBe("600");
  });

  it("refuses a second gateway on the same state, and an address in use", async () => {
    const second = (stateDirectory: string): Promise<Gateway> =>
      startGateway(
        { listen: `127.0.0.1:${fixture.port}`, stateDirectory, log: { level: "silent" } },
        { resources: [new LocalResource({ workspace: join(fixture.folder, "workspace") })] },
      );
    await expect(second(join(fixture.folder, "state"))).rejects.toThrow(
      "Another gateway is running on the state directory",
    );
    await expect(second(join(fixture.folder, "state2"))).rejects.toThrow(
      `The address 127.0.0.1:${fixture.port} is in use.`,
    );
  });

  it("lets requests under way end when it is closed, and keeps no connection", async () => {
    const cookie = await fixture.logOn();
    const submits = Array.from({ length: 20 }, () => sendRaw(fixture.port, pacSubmit(cookie, simple)));
    const ended = Promise.allSettled(submits);
    await Promise.any(submits);
    await fixture.restart();
    const answers = await ended;
    const answered = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
    const ids = answered.flatMap(({ text }) => /<id>(\d+)<\/id>/.exec(text)?.[1] ?? []);
    expect(ids.length).toBeGreaterThan(0);
    // What came too late was told so, or was not read at all.
    expect(answered.filter(({ status }) => status !== 200 && status !== 503)).toEqual([]);
    const list = (await fixture.get(`${base}/jobs`, cookie)).text;
    for (const id of ids) expect(list).toContain(`<id>${id}</id>`);
  });
});

describe("a gateway over other resources", () => {
  let folder: string;
  let gateway: Gateway | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-"));
    await addUser(join(folder, "state", "users"), userName, password);
  });
  afterEach(async () => {
    await gateway?.close();
    gateway = undefined;
    await removeFolder(folder);
  });

  function local(id = "local", workspace = "workspace"): LocalResource {
    return new LocalResource({ id, workspace: join(folder, workspace), idleSeconds: 0.2 });
  }

  async function start(resources: readonly ComputeResource[]): Promise<number> {
    gateway = await startGateway(
      {
        listen: "127.0.0.1:0",
        stateDirectory: join(folder, "state"),
        limits: { loginDelaySeconds: 0 },
        log: { file: join(folder, "gateway.log") },
      },
      { resources },
    );
    return Number(new URL(gateway.url).port);
  }

  async function logOn(port: number, prefix = ""): Promise<string> {
    const form = `username=${userName}&password=${encodeURIComponent(password)}`;
    const { text } = await sendRaw(
      port,
      `POST ${prefix}/cgi-bin/token.py HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Length: ${form.length}\r\n\r\n${form}`,
    );
    expect(text.split("\n")[0]).toBe(`http://127.0.0.1:${port}${prefix}/platform/`);
    return (text.split("\n")[1] ?? "").replaceAll('"', "#quote#");
  }

  function submit(port: number, cookie: string, key = "k"): Promise<string> {
    return sendRaw(port, pacSubmit(cookie, simple, `scarf-submit-key: ${key}\r\n`)).then(({ text }) => text);
  }

  function getJobs(port: number, cookie: string, prefix = ""): Promise<string> {
    const request = `GET ${prefix}${base}/jobs HTTP/1.1\r\nHost: x\r\nCookie: platform_token=${cookie}\r\n\r\n`;
    return sendRaw(port, request).then(({ text }) => text);
  }

  it("offers several by their names, the first without one; a token holds for the one it was given for", async () => {
    const port = await start([local("first"), local("SCARF@STFC", "two")]);
    const first = await logOn(port);
    const second = await logOn(port, "/SCARF@STFC");
    await submit(port, first);
    expect(await getJobs(port, first)).toContain("<name>simple</name>");
    expect(await getJobs(port, first, "/first")).toContain("<name>simple</name>");
    expect(await getJobs(port, second, "/SCARF@STFC")).toContain("<note>");
    expect(await getJobs(port, second)).toContain("Your current login session was logout");
    expect(await getJobs(port, first, "/SCARF@STFC")).toContain("Your current login session was logout");
  });

  it("calls a submit ambiguous whose answer was lost, where the resource knows no submit keys", async () => {
    let submits = 0;
    const lossy = (session: Session): Partial<Session> => ({
      capabilities: { ...session.capabilities, submitOnce: false },
      submit: async (...args) => {
        submits += 1;
        await session.submit(...args);
        throw new TransportError("CONNECTION_LOST", "The connection to the cluster was lost.");
      },
    });
    const port = await start([alterResource(local(), {}, lossy)]);
    const cookie = await logOn(port);
    expect(await submit(port, cookie)).toContain(
      "<errMsg>The connection to the cluster was lost.</errMsg><id>0</id>",
    );
    expect(await submit(port, cookie)).toContain("its job may exist or not.</errMsg><id>0</id>");
    expect(submits).toBe(1);
    // A submission with another key is another submission.
    await submit(port, cookie, "other");
    expect(submits).toBe(2);
  });

  it("lets a repetition wait for the first, where the resource knows no submit keys", async () => {
    let submits = 0;
    const slow = (session: Session): Partial<Session> => ({
      capabilities: { ...session.capabilities, submitOnce: false },
      submit: async (...args) => {
        submits += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
        return session.submit(...args);
      },
    });
    const port = await start([alterResource(local(), {}, slow)]);
    const cookie = await logOn(port);
    const answers = await Promise.all([1, 2, 3].map(() => submit(port, cookie)));
    expect(answers[0]).toMatch(/<Job><id>\d+<\/id><\/Job>/);
    expect([submits, new Set(answers).size]).toEqual([1, 1]);
  });

  it("may be asked again with the same key when the resource refused", async () => {
    let busy = true;
    const sometimes = (session: Session): Partial<Session> => ({
      capabilities: { ...session.capabilities, submitOnce: false },
      submit: (...args) => {
        if (busy) throw new SchedulerError("SCHEDULER_UNAVAILABLE", "The scheduler did not answer.");
        return session.submit(...args);
      },
    });
    const port = await start([alterResource(local(), {}, sometimes)]);
    const cookie = await logOn(port);
    expect(await submit(port, cookie)).toContain("<errMsg>The scheduler did not answer.</errMsg>");
    busy = false;
    expect(await submit(port, cookie)).toMatch(/<Job><id>\d+<\/id><\/Job>/);
  });

  it("tells nobody but the log about a bug, and gives a reference to it", async () => {
    const broken = (): Partial<Session> => ({
      list: () => {
        throw new TypeError("Cannot read properties of undefined (reading 'secret')");
      },
    });
    const port = await start([alterResource(local(), {}, broken)]);
    const text = await getJobs(port, await logOn(port));
    const reference = /<errMsg>The service failed unexpectedly \(reference ([0-9a-f]{8})\)\.<\/errMsg>/.exec(
      text,
    )?.[1];
    expect(reference).toBeDefined();
    expect(text).not.toContain("secret");
    const log = await readFile(join(folder, "gateway.log"), "utf8");
    expect(log).toContain(`"reference":"${reference}"`);
    expect(log).toContain("reading 'secret'");
  });

  it("hands passwords to a resource that checks them, and refuses one that does not", async () => {
    const options = {
      listen: "127.0.0.1:0",
      stateDirectory: join(folder, "state"),
      users: { authentication: "resource" },
      log: { level: "silent" },
    } as const;
    await expect(startGateway(options, { resources: [local()] })).rejects.toThrow(
      "The resource local checks no passwords, so anybody could log in.",
    );
    let given: unknown;
    const inner = local();
    const checking = new Proxy(inner, {
      get(target, name) {
        if (name === "capabilities") return { ...target.capabilities, password: true };
        if (name === "logIn")
          return (credentials: Parameters<LocalResource["logIn"]>[0]) => {
            given = credentials;
            return target.logIn(credentials);
          };
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function"
          ? (...args: readonly unknown[]): unknown => Reflect.apply(value, target, args)
          : value;
      },
    });
    gateway = await startGateway(options, { resources: [checking] });
    await logOn(Number(new URL(gateway.url).port));
    expect(given).toEqual({ userName, password });
  });

  it("believes a proxy that it trusts, and nobody else, where a request comes from", async () => {
    const addressOf = async (trustedProxies: string[]): Promise<unknown> => {
      const auditFile = join(folder, `audit-${trustedProxies.length}.log`);
      gateway = await startGateway(
        {
          listen: "127.0.0.1:0",
          stateDirectory: join(folder, "state"),
          trustedProxies,
          log: { level: "silent", auditFile },
        },
        { resources: [local()] },
      );
      const port = Number(new URL(gateway.url).port);
      const form = `username=${userName}&password=wrong`;
      const forwarded =
        "X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: portal.example.org\r\n";
      await sendRaw(
        port,
        `POST /cgi-bin/token.py HTTP/1.1\r\nHost: x\r\n${forwarded}Content-Length: ${form.length}\r\n\r\n${form}`,
      );
      const ping = await sendRaw(port, `GET ${base}/ping HTTP/1.1\r\nHost: x\r\n${forwarded}\r\n`);
      await gateway.close();
      gateway = undefined;
      const line = (await readFile(auditFile, "utf8")).split("\n")[0] ?? "";
      return [new Map(Object.entries(readObject(line))).get("address"), ping.text.split("URL:")[1]];
    };
    expect(await addressOf([])).toEqual(["127.0.0.1", "http://x/platform/"]);
    expect(await addressOf(["127.0.0.1/32"])).toEqual(["192.0.2.7", "https://portal.example.org/platform/"]);
  });

  it("ends the session when the resource has ended its own, and at no other failure", async () => {
    const failures = [
      new SchedulerError("SCHEDULER_UNAVAILABLE", "The scheduler did not answer."),
      new AuthError("SESSION_EXPIRED", "The session on the cluster has ended."),
    ];
    const ending = (session: Session): Partial<Session> => ({
      list: (...args) => {
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return session.list(...args);
      },
    });
    const port = await start([alterResource(local(), {}, ending)]);
    const cookie = await logOn(port);
    expect(await getJobs(port, cookie)).toContain("The scheduler did not answer.");
    // lsf_faas drops its token at these words only.
    expect(await getJobs(port, cookie)).toContain("Your current login session was logout");
    expect(await getJobs(port, cookie)).toContain("Your current login session was logout");
  });
});

function readObject(line: string): object {
  const value: unknown = JSON.parse(line);
  return typeof value === "object" && value !== null ? value : {};
}

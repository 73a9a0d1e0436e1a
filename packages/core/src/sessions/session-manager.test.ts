import { chmod, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SavedSession } from "../resources/compute-resource.js";
import { LocalResource } from "../resources/local/index.js";
import { bytesSource } from "../transfers/bytes-source.js";
import { waitForJob } from "../watch/wait-for-job.js";
import { FileSessionStore } from "./file-session-store.js";
import { MemorySessionStore } from "./memory-session-store.js";
import { SessionManager } from "./session-manager.js";
import type { SessionStore } from "./session-store.js";
import { MemoryResource } from "./testing/memory-resource.js";
import { finishedStatus } from "./testing/memory-server.js";

let directory: string;
let resource: MemoryResource;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "scarf-sessions-"));
  resource = new MemoryResource("SCARF@STFC");
  resource.addUser("alice");
  resource.addUser("bob");
});
afterEach(() => rm(directory, { recursive: true }));

const alice = { userName: "alice", password: "password of alice" };
const task = { kind: "shell", commandLine: "x" } as const;

describe.each([
  ["in memory", (): SessionStore => new MemorySessionStore()],
  ["in files", (): SessionStore => new FileSessionStore(directory)],
])("sessions %s", (_, makeStore) => {
  let manager: SessionManager;
  beforeEach(() => {
    manager = new SessionManager({ resources: [resource], store: makeStore() });
  });

  it("are found by resource and user; without a name, the last user's", async () => {
    await manager.logIn("SCARF@STFC", alice);
    await manager.logIn("SCARF@STFC", { userName: "bob", password: "password of bob" });
    expect((await manager.session("SCARF@STFC")).userName).toBe("bob");
    expect((await manager.session("SCARF@STFC", "alice")).userName).toBe("alice");
    expect((await manager.session("SCARF@STFC")).userName).toBe("alice");
    expect(await manager.lastUser("SCARF@STFC")).toBe("alice");
  });

  it("do what only some resources can do, where theirs can", async () => {
    const { files } = await manager.logIn("SCARF@STFC", alice);
    const wanted = [{ name: "a", source: bytesSource("x") }];
    expect(await files.writeMany?.("d", wanted)).toMatchObject([{ name: "a", written: { path: "d/a" } }]);
    expect(await files.abandonWrite?.("d", "a")).toBe(17);
    const local = new LocalResource({ workspace: join(directory, "local"), idleSeconds: 0.1 });
    const other = new SessionManager({ resources: [local], store: makeStore() });
    const plain = (await other.logIn(local.id, { userName: "alice" })).files;
    expect(["writeMany" in plain, "abandonWrite" in plain]).toEqual([false, false]);
    await local.close();
  });

  it("say who is not logged in where and how to log in", async () => {
    await expect(manager.session("SCARF@STFC")).rejects.toMatchObject({
      code: "NOT_LOGGED_IN",
      message: "Nobody has logged in on SCARF@STFC yet.",
      hint: "Log in: `scarf login --resource SCARF@STFC`.",
    });
    await manager.logIn("SCARF@STFC", alice);
    await expect(manager.session("SCARF@STFC", "bob")).rejects.toMatchObject({
      name: "ValueError",
      code: "NOT_LOGGED_IN",
      message: "bob is not logged in on SCARF@STFC (alice is).",
      hint: "Log in: `scarf login --resource SCARF@STFC --user bob`.",
    });
    expect(await manager.lastUser("SCARF@STFC")).toBe("alice");
  });

  it("are gone after log-out, but the user's name is remembered", async () => {
    const session = await manager.logIn("SCARF@STFC", alice);
    expect(await manager.logOut("SCARF@STFC")).toEqual({ userName: "alice", serverTold: true });
    expect(resource.tokens.size).toBe(0);
    await expect(manager.session("SCARF@STFC")).rejects.toThrow("alice is not logged in on SCARF@STFC");
    await expect(session.list()).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
    await expect(manager.logOut("SCARF@STFC")).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
    expect([await manager.lastUser("SCARF@STFC"), await manager.list()]).toEqual(["alice", []]);
  });

  it("are gone here even if the resource can't be told, which is said", async () => {
    await manager.logIn("SCARF@STFC", alice);
    resource.reachable = false;
    expect(await manager.logOut("SCARF@STFC")).toMatchObject({
      userName: "alice",
      serverTold: false,
      error: { code: "CONNECTION_FAILED" },
    });
    await expect(manager.session("SCARF@STFC")).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
  });

  it("are gone when they end themselves", async () => {
    const session = await manager.logIn("SCARF@STFC", alice);
    await session.logOut();
    expect(await manager.list()).toEqual([]);
    await expect(manager.session("SCARF@STFC")).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
  });

  it.each([
    ["list", (manager_: SessionManager) => manager_.session("SCARF@STFC").then((session) => session.list())],
    [
      "files",
      (manager_: SessionManager) => manager_.session("SCARF@STFC").then((session) => session.files.list("")),
    ],
    [
      "readMany",
      async (manager_: SessionManager) => {
        const session = await manager_.session("SCARF@STFC");
        for await (const reading of session.jobFiles("1").readMany(["a"])) return reading;
        return undefined;
      },
    ],
  ])("are forgotten when an answer to %s says that they have expired", async (_name, call) => {
    await manager.logIn("SCARF@STFC", alice);
    resource.expire("alice");
    await expect(call(manager)).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    await expect(manager.session("SCARF@STFC")).rejects.toMatchObject({
      code: "NOT_LOGGED_IN",
      message: "The session of alice on SCARF@STFC has expired.",
    });
    expect(await manager.list()).toMatchObject([{ userName: "alice", state: "expired" }]);
    await manager.logIn("SCARF@STFC", alice);
    await expect(call(manager).catch((error: unknown) => error)).resolves.not.toMatchObject({
      code: "SESSION_EXPIRED",
    });
  });

  it("are replaced by logging in again, but not by a log-in that failed", async () => {
    const first = await manager.logIn("SCARF@STFC", alice);
    await expect(manager.logIn("SCARF@STFC", { ...alice, password: "wrong" })).rejects.toMatchObject({
      code: "AUTH_FAILED",
    });
    expect(await manager.session("SCARF@STFC")).toBe(first);
    const second = await manager.logIn("SCARF@STFC", alice);
    expect(await manager.session("SCARF@STFC")).toBe(second);
    expect(second.save().state).not.toEqual(first.save().state);
    expect(await manager.list()).toHaveLength(1);
  });

  it("of an unknown resource are refused with the names there are", async () => {
    await expect(manager.session("scarf@stfc")).rejects.toMatchObject({
      code: "RESOURCE_UNKNOWN",
      hint: "Did you mean SCARF@STFC?",
    });
    await expect(manager.logIn("cray", alice)).rejects.toMatchObject({
      code: "RESOURCE_UNKNOWN",
      hint: "Known ones: SCARF@STFC. `scarf resource add` adds another.",
    });
  });
});

describe("programs that come and go", () => {
  const open = (): SessionManager =>
    new SessionManager({ resources: [resource], store: new FileSessionStore(directory) });

  it("find the session that another one has begun", async () => {
    await open().logIn("SCARF@STFC", alice);
    const session = await open().session("SCARF@STFC");
    expect(await session.submit({ task }, { submitKey: "k" })).toBe("400001");
  });

  it("do not end what another one has begun after their own has expired", async () => {
    const old = open();
    const stale = await old.logIn("SCARF@STFC", alice);
    resource.expire("alice");
    await open().logIn("SCARF@STFC", alice);
    // The new one is as good for the same user, so that what is under way goes on.
    await expect(stale.list()).resolves.toEqual([]);
    await expect((await old.session("SCARF@STFC")).list()).resolves.toEqual([]);
    expect(await old.list()).toMatchObject([{ userName: "alice", state: "active" }]);
  });

  it("end, on log-out, the session that is stored now", async () => {
    const old = open();
    await old.logIn("SCARF@STFC", alice);
    await open().logIn("SCARF@STFC", alice);
    await old.logOut("SCARF@STFC");
    expect(resource.tokens.size).toBe(1);
    await expect(open().session("SCARF@STFC")).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
  });

  it("log out even where the file of the session may not be used, and say that the resource was not told", async () => {
    await open().logIn("SCARF@STFC", alice);
    const names = await readdir(directory, { recursive: true });
    await chmod(join(directory, names.find((name) => name.endsWith(".token")) ?? ""), 0o644);
    await expect(open().session("SCARF@STFC")).rejects.toMatchObject({ code: "CONFIG_INVALID" });
    expect(await open().logOut("SCARF@STFC")).toMatchObject({
      serverTold: false,
      error: { code: "CONFIG_INVALID" },
    });
    await expect(open().session("SCARF@STFC")).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
  });

  it("end the session on the resource again when it can't be saved", async () => {
    class BrokenStore extends MemorySessionStore {
      override async save(_: SavedSession): Promise<void> {
        throw new Error("disk full");
      }
    }
    const manager = new SessionManager({ resources: [resource], store: new BrokenStore() });
    await expect(manager.logIn("SCARF@STFC", alice)).rejects.toThrow("disk full");
    expect(resource.tokens.size).toBe(0);
  });
});

describe("five users on three resources in one program", () => {
  it("each see their own jobs, files and session, and nobody else's", async () => {
    const resources = ["SCARF", "hall", "local"].map((id) => new MemoryResource(id));
    const users = ["alice", "bob", "carol", "dan", "eve"];
    for (const one of resources) for (const user of users) one.addUser(user);
    const manager = new SessionManager({ resources, store: new FileSessionStore(directory) });
    const pairs = resources.flatMap(({ id }) => users.map((user) => [id, user] as const));

    await Promise.all(
      pairs.map(([id, user]) => manager.logIn(id, { userName: user, password: `password of ${user}` })),
    );
    expect(await manager.list()).toHaveLength(15);
    const jobs = await Promise.all(
      pairs.map(async ([id, user]) => {
        const session = await manager.session(id, user);
        await session.files.write("", "mine", {
          sizeBytes: 1,
          async *read() {
            yield Buffer.from(`${user} on ${id}`);
          },
        });
        return session.submit({ task, name: `${user} on ${id}` }, { submitKey: "same key for all" });
      }),
    );
    for (const [index, [id, user]] of pairs.entries()) {
      const session = await manager.session(id, user);
      expect((await session.list()).map((job) => [job.id, job.name])).toEqual([
        [jobs[index], `${user} on ${id}`],
      ]);
      const { chunks } = await session.files.read("mine");
      const parts: Buffer[] = [];
      for await (const chunk of chunks) parts.push(Buffer.from(chunk));
      expect(Buffer.concat(parts).toString()).toBe(`${user} on ${id}`);
    }

    resources[0]?.expire("bob");
    await manager.logOut("hall", "carol");
    const reachable = await Promise.all(
      pairs.map(([id, user]) =>
        manager
          .session(id, user)
          .then((session) => session.list())
          .then(
            () => true,
            () => false,
          ),
      ),
    );
    expect(pairs.filter((_, index) => reachable[index] === false)).toEqual([
      ["SCARF", "bob"],
      ["hall", "carol"],
    ]);
    await manager.close();
  });
});

describe("a session that ends in the middle of something", () => {
  let asked: string[];
  const open = (answers: readonly (string | undefined)[]): SessionManager =>
    new SessionManager({
      resources: [resource],
      renew: async ({ userName, error }) => {
        asked.push(`${userName}: ${error.code}`);
        const password = answers[asked.length - 1];
        return password === undefined ? undefined : { userName, password };
      },
    });
  beforeEach(() => {
    asked = [];
  });

  it("is renewed once for all calls that find out, and each of them goes on", async () => {
    const session = await open([alice.password]).logIn("SCARF@STFC", alice);
    resource.expire("alice");
    const id = await Promise.all([
      session.submit({ task }, { submitKey: "k" }),
      session.list(),
      session.queues().catch(() => undefined),
    ]).then(([first]) => first);
    expect(asked).toEqual(["alice: SESSION_EXPIRED"]);
    expect((await session.list()).map((job) => job.id)).toEqual([id]);
    expect(resource.tokens.size).toBe(1);
  });

  it("asks again after a wrong password, and not without end for nobody", async () => {
    const session = await open(["wrong", alice.password]).logIn("SCARF@STFC", alice);
    resource.expire("alice");
    await expect(session.list()).resolves.toEqual([]);
    expect(asked).toEqual(["alice: SESSION_EXPIRED", "alice: AUTH_FAILED"]);
    resource.expire("alice");
    await expect(session.list()).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    expect(asked).toHaveLength(3);
  });

  it("gives up when each new session has ended as well", async () => {
    const manager = open(Array.from({ length: 9 }, () => alice.password));
    const session = await manager.logIn("SCARF@STFC", alice);
    const call = resource.call.bind(resource);
    resource.call = (method, act) => {
      if (method === "list") resource.expire("alice");
      return call(method, act);
    };
    await expect(session.list()).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    expect(asked.length).toBeLessThan(9);
  });

  it("goes on with the files that had not come", async () => {
    const user = resource.addUser("alice");
    for (const name of ["a", "b", "c"]) user.files.set(`jobs/1/${name}`, Buffer.from(name));
    const session = await open([alice.password]).logIn("SCARF@STFC", alice);
    const seen: string[] = [];
    for await (const { path, chunks } of session.jobFiles("1").readMany(["a", "b", "c"])) {
      for await (const chunk of chunks) seen.push(`${path}=${Buffer.from(chunk).toString()}`);
      if (path === "a") resource.expire("alice");
    }
    expect(seen).toEqual(["a=a", "b=b", "c=c"]);
  });

  it("is usable again for whoever holds it after the next log-in, but not after a log-out", async () => {
    const manager = new SessionManager({ resources: [resource] });
    const session = await manager.logIn("SCARF@STFC", alice);
    resource.expire("alice");
    await expect(session.list()).rejects.toMatchObject({ code: "SESSION_EXPIRED" });
    await manager.logIn("SCARF@STFC", alice);
    await expect(session.list()).resolves.toEqual([]);
    await manager.logOut("SCARF@STFC");
    await manager.logIn("SCARF@STFC", alice);
    await expect(session.list()).rejects.toMatchObject({ code: "NOT_LOGGED_IN" });
  });
});

describe("a watch over an expired session", () => {
  it("goes on after one log-in", async () => {
    const manager = new SessionManager({ resources: [resource] });
    const session = await manager.logIn("SCARF@STFC", alice);
    const id = await session.submit({ task }, { submitKey: "k" });
    resource.expire("alice");
    const kinds: string[] = [];
    const logInAgain = async (): Promise<void> => {
      resource.setStatus("alice", id, finishedStatus());
      await manager.logIn("SCARF@STFC", alice);
    };
    const result = await waitForJob(session, id, {
      whenExpired: "wait",
      onEvent: ({ kind }) => {
        kinds.push(kind);
        if (kind === "paused") void logInAgain();
      },
    });
    expect([result.ended, ...kinds]).toEqual(["finished", "paused", "resumed", "changed"]);
    expect((await manager.watcher("SCARF@STFC")).isPaused).toBe(false);
    await manager.close();
  });
});

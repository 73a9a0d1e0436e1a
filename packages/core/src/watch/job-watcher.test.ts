import { beforeEach, describe, expect, it } from "vitest";
import { TransportError } from "../errors/index.js";
import type { Session } from "../resources/compute-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { activeStatus, finishedStatus } from "../sessions/testing/memory-server.js";
import type { Subscription } from "./job-watcher.js";
import type { WatchEvent } from "./watch-event.js";
import { findWatcher, watcherFor } from "./watcher-for.js";

let resource: MemoryResource;
let session: Session;
beforeEach(async () => {
  resource = new MemoryResource("SCARF");
  resource.addUser("alice");
  session = await logIn();
});

const logIn = (): Promise<Session> => resource.logIn({ userName: "alice", password: "password of alice" });
const submit = (key: string): Promise<string> =>
  session.submit({ task: { kind: "shell", commandLine: "x" } }, { submitKey: key });
const calls = (method: string): number => resource.calls.get(method) ?? 0;

/** Collects events as short words; `until` resolves when one of them has come. */
class Listener {
  readonly words: string[] = [];
  readonly events: WatchEvent[] = [];
  #waiting: { word: string; resolve: () => void }[] = [];

  readonly hear = (event: WatchEvent): void => {
    this.events.push(event);
    const word =
      event.kind === "changed"
        ? `${event.jobId} ${event.status.phase}${event.status.phase === "finished" ? ` ${event.status.outcome}` : ""}`
        : event.kind === "listed"
          ? `list of ${event.jobs.length}`
          : event.kind;
    this.words.push(word);
    for (const { resolve } of this.#waiting.filter((waiting) => waiting.word === word)) resolve();
  };

  until(word: string): Promise<void> {
    if (this.words.includes(word)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ word, resolve });
    });
  }
}

describe("one watcher for a user on a resource", () => {
  it("asks once a round for all listeners, however many", async () => {
    const ids = await Promise.all(["a", "b", "c"].map((key) => submit(key)));
    const listeners = Array.from({ length: 1000 }, () => new Listener());
    const subscriptions: Subscription[] = listeners.map((listener, index) =>
      watcherFor(session).watch([ids[index % 3] ?? ""], listener.hear),
    );
    await Promise.all(listeners.map((listener, index) => listener.until(`${ids[index % 3]} queued`)));
    for (const id of ids) resource.setStatus("alice", id, finishedStatus());
    await Promise.all(
      listeners.map((listener, index) => listener.until(`${ids[index % 3]} finished succeeded`)),
    );
    for (const subscription of subscriptions) subscription.close();
    expect(calls("status")).toBeLessThan(6);
    expect(new Set(listeners.map(({ words }) => words.length))).toEqual(new Set([2]));
  });

  it("is another one for each user and each resource, and the same for each session of a user", async () => {
    resource.addUser("bob");
    const other = new MemoryResource("SCARF");
    other.addUser("alice");
    const sessions = [
      session,
      await resource.logIn({ userName: "bob", password: "password of bob" }),
      await other.logIn({ userName: "alice", password: "password of alice" }),
    ];
    expect(new Set(sessions.map((one) => watcherFor(one))).size).toBe(3);
    expect(watcherFor(await logIn())).toBe(watcherFor(session));
    expect(findWatcher(other, "bob")).toBeUndefined();
  });

  it("asks no more and holds nothing open when nobody listens", async () => {
    const id = await submit("a");
    const listener = new Listener();
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
    const timersBefore = timers();
    const subscription = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} queued`);
    await new Promise((resolve) => setImmediate(resolve));
    expect(timers()).toBe(timersBefore + 1);
    subscription.close();
    expect(timers()).toBe(timersBefore);
    const before = calls("status");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(calls("status")).toBe(before);
  });

  it("ends a query that nobody waits for any more, and serves the next listener all the same", async () => {
    const id = await submit("a");
    const status = session.status.bind(session);
    let aborted = false;
    const asked = new Promise<void>((resolve) => {
      session.status = (_, { signal } = {}) => {
        signal?.addEventListener("abort", () => (aborted = true));
        resolve();
        return new Promise(() => undefined);
      };
    });
    const subscription = watcherFor(session).watch([id], () => undefined);
    await asked;
    subscription.close();
    expect(aborted).toBe(true);
    session.status = status;
    const listener = new Listener();
    const second = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} queued`);
    second.close();
  });

  it("stops asking for a job that has finished", async () => {
    const [one, two] = [await submit("a"), await submit("b")];
    resource.setStatus("alice", one, finishedStatus("failed"));
    const asked: string[][] = [];
    const status = session.status.bind(session);
    session.status = (ids) => {
      asked.push([...ids]);
      return status(ids);
    };
    const listener = new Listener();
    const subscription = watcherFor(session).watch([one, two], listener.hear);
    await listener.until(`${two} queued`);
    resource.setStatus("alice", two, activeStatus("running"));
    await listener.until(`${two} running`);
    subscription.close();
    expect(listener.words).toEqual([`${one} finished failed`, `${two} queued`, `${two} running`]);
    expect(asked.slice(0, 2)).toEqual([[one, two], [two]]);
  });

  it("tells the list when one comes, goes or changes, and only then", async () => {
    const listener = new Listener();
    const subscription = watcherFor(session).watchList(listener.hear);
    await listener.until("list of 0");
    const id = await submit("a");
    await listener.until("list of 1");
    const before = calls("list");
    while (calls("list") < before + 2) await new Promise((resolve) => setTimeout(resolve, 20));
    resource.userNamed("alice").jobs.delete(id);
    listener.words.length = 0;
    await listener.until("list of 0");
    subscription.close();
    expect(listener.words).toEqual(["list of 0"]);
    expect(calls("status")).toBe(0);
  });

  it("is not harmed by a listener that closes itself, or all, in the middle", async () => {
    const ids = [await submit("a"), await submit("b")];
    const words: string[] = [];
    const subscription = watcherFor(session).watch(ids, (event) => {
      words.push(event.kind);
      subscription.close();
    });
    const second = new Listener();
    const other = watcherFor(session).watch(ids, second.hear);
    await second.until(`${ids[1]} queued`);
    other.close();
    expect(words).toEqual(["changed"]);
  });
});

describe("when the resource does not answer", () => {
  it("no job changes its state; the picture's age is told, and when it is fresh again", async () => {
    const id = await submit("a");
    resource.setStatus("alice", id, activeStatus("running"));
    const listener = new Listener();
    const subscription = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} running`);
    resource.fail("status", new TransportError("CONNECTION_FAILED", "down"));
    await listener.until("stale");
    await listener.until("fresh");
    subscription.close();
    expect(listener.words).toEqual([`${id} running`, "stale", "fresh"]);
    const stale = listener.events.find((event) => event.kind === "stale");
    expect(stale).toMatchObject({ error: { code: "CONNECTION_FAILED" } });
    expect(stale?.kind === "stale" ? stale.ageSeconds : -1).toBeGreaterThan(0.1);
  });

  it("even a bug in it is told and does not end the watch", async () => {
    const id = await submit("a");
    resource.fail("status", new TypeError("undefined is not a function"));
    const listener = new Listener();
    const subscription = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} queued`);
    subscription.close();
    expect(listener.words).toEqual(["stale", "fresh", `${id} queued`]);
  });
});

describe("when the session ends", () => {
  it("goes on without a pause if another session of the user is known", async () => {
    const id = await submit("a");
    const listener = new Listener();
    const subscription = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} queued`);
    resource.expire("alice");
    const next = await logIn();
    const late = new Listener();
    const second = watcherFor(next).watch([id], late.hear);
    await late.until(`${id} queued`);
    // Someone still holds the old one: that must not stop the others.
    watcherFor(session).lookNow();
    resource.setStatus("alice", id, finishedStatus());
    await Promise.all([listener.until(`${id} finished succeeded`), late.until(`${id} finished succeeded`)]);
    subscription.close();
    second.close();
    expect(listener.words).not.toContain("paused");
    expect(late.words).not.toContain("paused");
  });

  it("pauses, asks nothing, and goes on with the next session", async () => {
    const id = await submit("a");
    const listener = new Listener();
    const subscription = watcherFor(session).watch([id], listener.hear);
    await listener.until(`${id} queued`);
    resource.expire("alice");
    await listener.until("paused");
    const before = calls("status");
    const late = new Listener();
    const second = watcherFor(session).watch([id], late.hear);
    await late.until("paused");
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([calls("status"), watcherFor(session).isPaused]).toEqual([before, true]);
    resource.setStatus("alice", id, finishedStatus());
    watcherFor(await logIn());
    await Promise.all([listener.until(`${id} finished succeeded`), late.until(`${id} finished succeeded`)]);
    subscription.close();
    second.close();
    expect(listener.words).toEqual([`${id} queued`, "paused", "resumed", `${id} finished succeeded`]);
  });
});

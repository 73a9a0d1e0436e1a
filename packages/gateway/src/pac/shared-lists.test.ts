import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { AuthError, type Job, LocalResource, type Session, ValueError } from "scarf-tomo";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SharedLists } from "./shared-lists.js";

describe("lists that are shared", () => {
  let folder: string;
  let resource: LocalResource;
  let session: Session;
  let lists: SharedLists;
  let calls: number;
  const list = async (asker: Session): Promise<readonly Job[]> => {
    calls++;
    await sleep(5);
    return asker.list();
  };
  const ask = (): Promise<readonly Job[]> => lists.list("local anna", session, {}, list);
  const submit = (): Promise<string> =>
    session.submit(
      { name: "held", hold: true, task: { kind: "command", argv: ["true"] } },
      { submitKey: "k" },
    );
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-lists-"));
    resource = new LocalResource({ workspace: folder, idleSeconds: 0.1 });
    session = await resource.logIn({ userName: "anna" });
    lists = new SharedLists();
    calls = 0;
  });
  afterEach(async () => {
    await resource.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  });

  it("ask the resource once for a thousand who come together", async () => {
    const found = await Promise.all(Array.from({ length: 1000 }, ask));
    expect(calls).toBe(1);
    expect(new Set(found).size).toBe(1);
  });

  it("ask once more for all who come meanwhile, and not before they came", async () => {
    const first = ask();
    await sleep(3);
    const jobId = await submit();
    const later = await Promise.all(Array.from({ length: 1000 }, ask));
    expect(later[0]?.map(({ id }) => id)).toEqual([jobId]);
    expect(calls).toBe(2);
    await first;
  });

  it("are asked for anew by who comes after the answer", async () => {
    expect(await ask()).toEqual([]);
    const jobId = await submit();
    expect((await ask()).map(({ id }) => id)).toEqual([jobId]);
    expect(calls).toBe(2);
  });

  it("are asked for without a rest when many wait for them, and never two at once", async () => {
    let underWay = 0;
    const slow = async (asker: Session): Promise<readonly Job[]> => {
      calls++;
      underWay += 1;
      expect(underWay).toBe(1);
      await sleep(200);
      underWay -= 1;
      return asker.list();
    };
    const listSlowly = (hurry: boolean): Promise<readonly Job[]> =>
      lists.list("local anna", session, {}, slow, { hurry });
    const first = listSlowly(false);
    await sleep(3);
    const waiting = listSlowly(false);
    await first;
    const jobId = await submit();
    const hurried = listSlowly(true);
    for (let turn = 0; turn < 3; turn++) await nextTurn();
    // The rest would have been as long as the first took.
    expect(calls).toBe(2);
    // Those who had come before have waited for the same.
    expect((await hurried).map(({ id }) => id)).toEqual([jobId]);
    expect(await waiting).toBe(await hurried);
    expect(calls).toBe(2);
  });

  it("of other users, resources and questions are others", async () => {
    const others = lists.list("local berta", session, {}, list);
    const named = lists.list("local anna", session, { name: "a*" }, list);
    await Promise.all([ask(), others, named]);
    expect(calls).toBe(3);
  });

  it.each([
    ["ended by the resource", new AuthError("SESSION_EXPIRED", "The session has ended.")],
    ["logged out", new ValueError("NOT_LOGGED_IN", "The session has ended.")],
  ])("fail only for those whose own session has ended: %s", async (_, failure) => {
    const ended: Session = { ...session, userName: "anna" };
    const refusing = async (asker: Session): Promise<readonly Job[]> => {
      if (asker === ended) throw failure;
      return list(asker);
    };
    const [one, other] = await Promise.allSettled([
      lists.list("local anna", ended, {}, refusing),
      lists.list("local anna", session, {}, refusing),
    ]);
    expect(one.status).toBe("rejected");
    expect(other).toEqual({ status: "fulfilled", value: [] });
    expect(await ask()).toEqual([]);
  });
});

import { beforeEach, describe, expect, it } from "vitest";
import type { Capabilities } from "../model/index.js";
import type { Session } from "../resources/compute-resource.js";
import { MemoryResource } from "../sessions/testing/memory-resource.js";
import { finishedStatus } from "../sessions/testing/memory-server.js";
import { findOutputPath } from "./find-output-path.js";
import { followOutput } from "./follow-output.js";

const retry = { firstDelaySeconds: 0.001, attempts: 3 };
let resource: MemoryResource;
let session: Session;
let id: string;

async function start(capabilities: Partial<Capabilities>): Promise<void> {
  resource = new MemoryResource("SCARF", capabilities);
  resource.addUser("alice");
  session = await resource.logIn({ userName: "alice", password: "password of alice" });
  id = await session.submit({ task: { kind: "shell", commandLine: "x" } }, { submitKey: "k" });
}

const write = (text: string): void => {
  resource.userNamed("alice").files.set(`jobs/${id}/out`, Buffer.from(text));
};

/** Follows to the end; `then[n]` runs when so many characters have come. */
async function follow(then: Readonly<Record<number, () => void>> = {}): Promise<string> {
  let text = "";
  for await (const chunk of followOutput(session, id, "out", { retry, lostAfterSeconds: 0.2 })) {
    text += Buffer.from(chunk).toString();
    then[text.length]?.();
  }
  return text;
}

const finish = (): void => resource.setStatus("alice", id, finishedStatus());

describe.each([
  ["with byte ranges", true],
  ["with whole re-reads", false],
])("the output of a job, %s", (_, byteRanges) => {
  beforeEach(() => start({ byteRanges }));

  it("comes as it is written, every byte once, to its end", async () => {
    write("first ");
    const text = await follow({
      6: () => setTimeout(() => write("first second "), 30),
      13: () => {
        write("first second third.");
        finish();
      },
    });
    expect(text).toBe("first second third.");
  });

  it("is waited for when it isn't there yet", async () => {
    setTimeout(() => {
      write("late");
      finish();
    }, 50);
    expect(await follow()).toBe("late");
  });

  it("survives cuts in every place", async () => {
    write("0123456789abcdefghij");
    resource.loseAnswer("chunk of out", 2);
    const text = await follow({
      5: () => resource.loseAnswer("chunk of out"),
      15: () => {
        resource.loseAnswer("files.read");
        finish();
      },
    });
    expect(text).toBe("0123456789abcdefghij");
  });

  it("is empty", async () => {
    write("");
    finish();
    expect(await follow()).toBe("");
  });

  it("never came: that is said when the job has ended", async () => {
    finish();
    await expect(follow()).rejects.toMatchObject({ code: "FILE_NOT_FOUND" });
  });
});

describe("following ends", () => {
  beforeEach(() => start({}));

  it("on request, also while it waits", async () => {
    write("x");
    const controller = new AbortController();
    const following = async (): Promise<void> => {
      for await (const _ of followOutput(session, id, "out", { signal: controller.signal }))
        setTimeout(() => controller.abort(), 20);
    };
    await expect(following()).rejects.toMatchObject({ code: "ABORTED" });
  });

  it("with the session", async () => {
    write("x");
    await expect(follow({ 1: () => resource.expire("alice") })).rejects.toMatchObject({
      code: "SESSION_EXPIRED",
    });
  });

  it("when the connection is gone for good", async () => {
    write("x");
    await expect(follow({ 1: () => (resource.reachable = false) })).rejects.toMatchObject({
      code: "CONNECTION_FAILED",
    });
  });

  it("when the reader leaves, and asks no more", async () => {
    write("x");
    for await (const _ of followOutput(session, id, "out")) break;
    const before = resource.calls.get("status") ?? 0;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect((resource.calls.get("status") ?? 0) - before).toBeLessThan(2);
  });
});

describe("where the output lies", () => {
  beforeEach(() => start({}));
  it.each([
    [{ outputPath: "/w/j/out.txt", workingDirectory: "/w/j" }, "out.txt"],
    [{ outputPath: "/w/j/logs/out.txt", workingDirectory: "/w/j/" }, "logs/out.txt"],
    [{ outputPath: "/w/jj/out.txt", workingDirectory: "/w/j" }, "out.txt"],
    [{ outputPath: "417666.output" }, "417666.output"],
    [{}, "400001.output"],
  ])("%j", async (more, expected) => {
    const job = resource.userNamed("alice").jobs.get(id);
    if (job !== undefined) resource.userNamed("alice").jobs.set(id, { ...job, ...more });
    expect(await findOutputPath(session, id)).toBe(expected);
  });
});

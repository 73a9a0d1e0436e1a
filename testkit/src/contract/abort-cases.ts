import { expect } from "vitest";
import { chunkedSource, expectCode, readBytes, run, submit, uniqueName } from "./bench.js";
import type { ByteSource } from "scarf-tomo";
import type { Case } from "./contract-subject.js";
import { allCalls } from "./session-cases.js";

export function abortCases(contract: Case): void {
  contract(
    "ends every call whose signal has come already with ABORTED",
    async ({ resource, session, credentials }) => {
      const signal = AbortSignal.abort();
      for (const call of Object.values(allCalls(session, { signal })))
        await expectCode(call, "ABORTED", "NOT_SUPPORTED");
      await expectCode(() => session.list({}, { signal }), "ABORTED");
      await expectCode(() => resource.ping({ signal }), "ABORTED");
      await expectCode(() => resource.logIn(credentials, { signal }), "ABORTED");
    },
  );

  contract("ends an upload in the middle, and keeps nothing of it", async ({ session }) => {
    const directory = uniqueName("abort");
    const { path = "" } = await session.files.write(directory, "before", chunkedSource("x"));
    const controller = new AbortController();
    const source = sourceThatAborts(controller);
    await expectCode(
      () => session.files.write(directory, "big", source, { signal: controller.signal }),
      "ABORTED",
    );
    const { output } = await run(session, {
      task: { kind: "command", argv: ["ls", path.replace(/\/before$/, "")] },
    });
    expect(output).toBe("before\n");
  });

  contract("ends a submit in the middle of its attachments, and makes no job", async ({ session }) => {
    const name = uniqueName("abort");
    const controller = new AbortController();
    const source = sourceThatAborts(controller);
    await expectCode(
      () =>
        session.submit(
          { name, task: { kind: "command", argv: ["true"] }, attachments: [{ name: "big", source }] },
          { submitKey: uniqueName(), signal: controller.signal },
        ),
      "ABORTED",
    );
    expect(await session.list({ name })).toEqual([]);
  });

  contract("ends a download in the middle", async ({ session }) => {
    const { id } = await run(session, {
      task: { kind: "shell", commandLine: "head -c 50000000 /dev/zero > large.bin" },
    });
    const controller = new AbortController();
    const reading = await session.jobFiles(id).read("large.bin", {}, { signal: controller.signal });
    await expectCode(async () => {
      for await (const _ of reading.chunks) controller.abort();
    }, "ABORTED");
    // Left half-way without a signal: nothing goes wrong with the next call.
    for await (const _ of (await session.jobFiles(id).read("large.bin")).chunks) break;
    expect((await readBytes(await session.jobFiles(id).read("large.bin"))).length).toBe(50_000_000);
  });

  contract("submits after an aborted try with the same key exactly once", async ({ session }) => {
    if (!session.capabilities.submitOnce) return;
    const name = uniqueName("retry");
    const submitKey = uniqueName("key");
    const spec = { name, task: { kind: "command", argv: ["true"] } } as const;
    await expectCode(() => session.submit(spec, { submitKey, signal: AbortSignal.abort() }), "ABORTED");
    const id = await session.submit(spec, { submitKey });
    expect((await session.list({ name })).map((job) => job.id)).toEqual([id]);
    expect(await submit(session, { ...spec, name: `${name}-other` })).not.toBe(id);
  });
}

/** 50 MB, of which 2 MB are read before the call is stopped. */
function sourceThatAborts(controller: AbortController): ByteSource {
  return {
    sizeBytes: 50_000_000,
    async *read() {
      for (let sent = 0; sent < 500; sent += 1) {
        if (sent === 20) controller.abort();
        yield Buffer.alloc(100_000);
      }
    },
  };
}

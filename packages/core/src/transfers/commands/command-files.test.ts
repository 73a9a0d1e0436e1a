import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandTransport, RunOptions } from "../../transports/command-transport.js";
import { LocalCommands } from "../../transports/process/local-commands.js";
import { bytesSource } from "../bytes-source.js";
import { CommandFiles } from "./command-files.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-command-files-"));
  await writeFile(join(folder, "result"), "old");
});
afterEach(() => rm(folder, { recursive: true }));

const local = new LocalCommands();

/** Files by a way that changes what is sent, or how it is run. */
function filesBy(change: (options: RunOptions) => RunOptions): CommandFiles {
  const transport: CommandTransport = {
    description: "a bad way",
    run: async (argv, options = {}) => local.run(argv, change(options)),
    stream: async (argv, options = {}) => local.stream(argv, change(options)),
    close: async () => {},
  };
  return new CommandFiles(transport, async () => ({ home: folder, shared: [] }));
}

async function* mapChunks(
  stdin: RunOptions["stdin"],
  change: (chunk: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array> {
  if (stdin === undefined || typeof stdin === "string" || stdin instanceof Uint8Array) return;
  try {
    for await (const chunk of stdin) yield change(chunk);
  } catch {
    // As when ssh is stopped: the other side sees an end.
  }
}

async function expectOldContent(): Promise<void> {
  expect(await readFile(join(folder, "result"), "utf8")).toBe("old");
  expect(await readdir(folder)).toEqual(["result"]);
}

const text = new Uint8Array(Buffer.from("new content"));
const overwrite = { overwrite: true } as const;

describe("a file is kept only if it is what was sent", () => {
  it("whole, whatever its size", async () => {
    const files = filesBy((options) => options);
    for (const bytes of [text, new Uint8Array(), new Uint8Array(300_000).fill(10)]) {
      await files.write("", "result", bytesSource(bytes), overwrite);
      expect(Buffer.from(bytes).equals(await readFile(join(folder, "result")))).toBe(true);
    }
  });

  it("not when bytes were changed on the way", async () => {
    const files = filesBy((options) =>
      options.stdin === undefined
        ? options
        : {
            ...options,
            stdin: mapChunks(options.stdin, (chunk) =>
              chunk.length === text.length ? chunk.map((byte) => byte ^ 1) : chunk,
            ),
          },
    );
    await expect(files.write("", "result", bytesSource(text), overwrite)).rejects.toMatchObject({
      code: "TRANSFER_CORRUPT",
    });
    await expectOldContent();
  });

  it.each<{ what: string; chunks: readonly Uint8Array[]; failure?: Error; sizeBytes?: number }>([
    { what: "fails after its last byte", chunks: [text], failure: new Error("it was changed meanwhile") },
    { what: "is too short", chunks: [text.subarray(1)] },
    { what: "is too long", chunks: [text, text] },
    { what: "is short by as much as the checksum takes", chunks: [new Uint8Array(5)], sizeBytes: 70 },
  ])("not when its source $what", async ({ chunks, failure, sizeBytes = text.length }) => {
    const files = filesBy((options) =>
      options.stdin === undefined
        ? options
        : { ...options, stdin: mapChunks(options.stdin, (chunk) => chunk) },
    );
    const source = {
      sizeBytes,
      async *read() {
        yield* chunks;
        if (failure !== undefined) throw failure;
      },
    };
    await expect(files.write("", "result", source, overwrite)).rejects.toMatchObject(
      failure === undefined ? { code: "TRANSFER_INCOMPLETE" } : { message: failure.message },
    );
    await expectOldContent();
  });
});

it("no transfer stands still for ever", async () => {
  // As with a file system whose server is away.
  const transport: CommandTransport = {
    description: "a machine that hangs",
    run: async ([, , script], options = {}) =>
      local.run(
        script?.includes("rm -f") === true && options.stdin === undefined ? ["true"] : ["sleep", "600"],
        options,
      ),
    stream: async (_argv, options = {}) => local.stream(["sleep", "600"], options),
    close: async () => {},
  };
  const roots = { home: folder, shared: [] };
  const files = new CommandFiles(transport, async () => roots, { silenceSeconds: 0.2 });
  await expect(files.read("result")).rejects.toMatchObject({ code: "RESPONSE_TIMEOUT" });
  // More than pipes hold.
  const source = bytesSource(new Uint8Array(4_000_000));
  const chunked = {
    sizeBytes: source.sizeBytes,
    async *read() {
      for await (const chunk of source.read())
        for (let at = 0; at < chunk.length; at += 65_536) yield chunk.subarray(at, at + 65_536);
    },
  };
  await expect(files.write("", "result", chunked)).rejects.toMatchObject({ code: "RESPONSE_TIMEOUT" });
});

it("no look at files lasts for ever", async () => {
  const limits: (number | undefined)[] = [];
  const files = filesBy((options) => {
    limits.push(options.timeoutSeconds);
    return options;
  });
  await files.list("");
  await files.stat("result");
  await files.checksum("result");
  await files.makeDirectory("d");
  await files.rename("d", "e");
  await files.remove("e");
  expect(limits).toHaveLength(6);
  for (const limit of limits) expect(limit).toBeGreaterThan(0);
});

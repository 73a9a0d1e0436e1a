import { createHash, randomBytes } from "node:crypto";
import type { Session } from "scarf-tomo";
import { expect } from "vitest";
import { chunkedSource, expectCode, hostileNames, readBytes, readText, run, uniqueName } from "./bench.js";
import type { Case } from "./contract-subject.js";

export function fileCases(contract: Case): void {
  contract("stores a file as it was sent, empty and large ones too", async ({ session }) => {
    const directory = uniqueName("dir");
    for (const size of [0, 1, 65_536, 5_000_003]) {
      const content = randomBytes(size);
      const seen: number[] = [];
      const written = await session.files.write(directory, `${size}.bin`, chunkedSource(content, 100_000), {
        onProgress: ({ bytesDone, bytesTotal }) => {
          expect(bytesTotal ?? size).toBe(size);
          seen.push(bytesDone);
        },
      });
      expect(written.sizeBytes).toBe(size);
      const sha256 = createHash("sha256").update(content).digest("hex");
      if (session.capabilities.checksums) expect(written.sha256).toBe(sha256);
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      if (size > 0) expect(seen.at(-1)).toBe(size);
      expect(await digestOf(session, written.path ?? `${directory}/${size}.bin`)).toBe(sha256);
    }
  });

  contract("stores files under every name that a file can have", async ({ session }) => {
    const directory = uniqueName("names");
    await Promise.all(
      hostileNames.map(async (name) => {
        const { path } = await session.files.write(directory, name, chunkedSource(name));
        expect(path?.slice(-name.length - 1)).toBe(`/${name}`);
        const sha256 = createHash("sha256").update(name).digest("hex");
        expect(await digestOf(session, path ?? "")).toBe(sha256);
      }),
    );
    if (session.capabilities.fileBrowsing)
      expect((await session.files.list(directory)).map(({ name }) => name).toSorted()).toEqual(
        hostileNames.toSorted(),
      );
  });

  contract("refuses names that are none", async ({ session }) => {
    for (const name of ["", ".", "..", "a/b", "../x", "a\0b", "x".repeat(256)])
      await expectCode(() => session.files.write(".", name, chunkedSource("x")), "FILE_NAME_REFUSED");
  });

  contract("lets no path lead out of the user's directory", async ({ session }) => {
    for (const directory of ["..", "../..", "a/../../..", "/", "/etc", "/proc/self/cwd"])
      await expectCode(
        () => session.files.write(directory, uniqueName(), chunkedSource("x")),
        "FILE_NAME_REFUSED",
        "PERMISSION_DENIED",
        "FILE_UNWRITABLE",
      );
    if (!session.capabilities.fileBrowsing) return;
    for (const path of ["../x", "/etc/passwd", "/etc/no-such-file", "a/../../../x"]) {
      await expectCode(() => session.files.read(path), "FILE_NAME_REFUSED");
      await expectCode(() => session.files.stat(path), "FILE_NAME_REFUSED");
      await expectCode(() => session.files.list(path), "FILE_NAME_REFUSED");
      await expectCode(() => session.files.remove(path), "FILE_NAME_REFUSED");
      await expectCode(() => session.files.makeDirectory(path), "FILE_NAME_REFUSED");
      await expectCode(() => session.files.rename(path, "y"), "FILE_NAME_REFUSED");
    }
  });

  contract("replaces a file only when it is told to", async ({ session }) => {
    const directory = uniqueName("replace");
    const { path = "" } = await session.files.write(directory, "x", chunkedSource("first"));
    if (session.capabilities.exclusiveWrite) {
      const failure = await expectCode(
        () => session.files.write(directory, "x", chunkedSource("second")),
        "FILE_EXISTS",
      );
      expect(failure.message).toContain("x");
      expect(await digestOf(session, path)).toBe(createHash("sha256").update("first").digest("hex"));
    }
    await session.files.write(directory, "x", chunkedSource("third"), { overwrite: true });
    expect(await digestOf(session, path)).toBe(createHash("sha256").update("third").digest("hex"));
  });

  contract("keeps nothing of a file whose sending fails", async ({ session }) => {
    const directory = uniqueName("broken");
    const { path = "" } = await session.files.write(directory, "x", chunkedSource("whole"));
    const broken = {
      sizeBytes: 10_000_000,
      async *read() {
        yield Buffer.alloc(100_000);
        throw new Error("the disk here has failed");
      },
    };
    const short = { ...chunkedSource("short"), sizeBytes: 100 };
    await expect(session.files.write(directory, "x", broken, { overwrite: true })).rejects.toThrow(
      "the disk here has failed",
    );
    await expectCode(
      () => session.files.write(directory, "x", short, { overwrite: true }),
      "TRANSFER_INCOMPLETE",
    );
    await expectCode(() => session.files.write(directory, "y", short), "TRANSFER_INCOMPLETE");
    expect(await digestOf(session, path)).toBe(createHash("sha256").update("whole").digest("hex"));
    const { output } = await run(session, {
      task: { kind: "command", argv: ["ls", path.replace(/\/x$/, "")] },
    });
    expect(output).toBe("x\n");
  });

  contract("browses files, or says that it can't", async ({ session }) => {
    const { files } = session;
    if (!session.capabilities.fileBrowsing) {
      for (const call of [
        () => files.list("."),
        () => files.stat("x"),
        () => files.read("x"),
        () => files.makeDirectory("x"),
        () => files.remove("x"),
        () => files.rename("x", "y"),
      ])
        await expectCode(call, "NOT_SUPPORTED");
      return;
    }
    const directory = uniqueName("browse");
    await files.makeDirectory(`${directory}/deep/er`);
    await files.write(`${directory}/deep`, "b", chunkedSource("four"));
    await files.write(`${directory}/deep`, "a", chunkedSource(""));
    const listed = await files.list(`${directory}/deep`);
    expect(listed).toMatchObject([
      { name: "a", kind: "file", sizeBytes: 0, readable: true },
      { name: "b", kind: "file", sizeBytes: 4, readable: true },
      { name: "er", kind: "directory" },
    ]);
    expect(await files.stat(listed[1]?.path ?? "")).toEqual(listed[1]);
    expect(Math.abs((listed[1]?.modifiedAt?.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    await files.rename(`${directory}/deep/b`, `${directory}/c`);
    expect(await readText(await files.read(`${directory}/c`))).toBe("four");
    await files.write(directory, "d", chunkedSource("d"));
    await expectCode(() => files.rename(`${directory}/c`, `${directory}/d`), "FILE_EXISTS");
    await files.makeDirectory(`${directory}/deep/er`); // is there already, which is what was wanted
    await expectCode(() => files.makeDirectory(`${directory}/d`), "FILE_EXISTS");
    await expectCode(() => files.list(`${directory}/d`), "FILE_KIND_WRONG");
    await expectCode(() => files.read(`${directory}/deep`), "FILE_KIND_WRONG");
    await expectCode(
      () => files.write(directory, "deep", chunkedSource("x"), { overwrite: true }),
      "FILE_KIND_WRONG",
    );
    await files.remove(directory);
    for (const call of [
      () => files.stat(directory),
      () => files.list(directory),
      () => files.remove(directory),
      () => files.rename(directory, "elsewhere"),
      () => files.read(`${directory}/c`),
    ])
      await expectCode(call, "FILE_NOT_FOUND");
    await expectCode(() => files.remove("."), "FILE_NAME_REFUSED");
  });

  contract("reads ranges, or says that it can't", async ({ session }) => {
    if (!session.capabilities.fileBrowsing) return;
    const { path = "" } = await session.files.write(uniqueName("range"), "x", chunkedSource("0123456789"));
    const read = async (range: { offset?: number; length?: number }) => {
      const reading = await session.files.read(path, range);
      const bytes = await readBytes(reading);
      expect(reading.sizeBytes ?? bytes.length).toBe(bytes.length);
      return bytes.toString();
    };
    if (!session.capabilities.byteRanges) {
      await expectCode(() => session.files.read(path, { offset: 3 }), "NOT_SUPPORTED");
      return;
    }
    expect(await read({ offset: 3 })).toBe("3456789");
    expect(await read({ offset: 3, length: 4 })).toBe("3456");
    expect(await read({ length: 2 })).toBe("01");
    expect(await read({ offset: 8, length: 100 })).toBe("89");
    expect(await read({ offset: 10 })).toBe("");
    expect(await read({ offset: 99 })).toBe("");
    expect(await read({ offset: 2, length: 0 })).toBe("");
    await expectCode(() => session.files.read(path, { offset: -1 }), "USAGE_INVALID");
  });

  contract("tells the checksum of a file, or says that it can't", async ({ session }) => {
    if (!session.capabilities.checksums) {
      await expectCode(() => session.files.checksum("x"), "NOT_SUPPORTED");
      return;
    }
    const { path = "" } = await session.files.write(uniqueName("sum"), "x", chunkedSource("abc"));
    if (!session.capabilities.fileBrowsing) return;
    expect(await session.files.checksum(path)).toBe(createHash("sha256").update("abc").digest("hex"));
    await expectCode(() => session.files.checksum(`${path}-not`), "FILE_NOT_FOUND");
  });
}

/** SHA-256 of a file on the resource, computed by a job there where the wire can't read files. */
async function digestOf(session: Session, path: string): Promise<string> {
  if (session.capabilities.fileBrowsing)
    return createHash("sha256")
      .update(await readBytes(await session.files.read(path)))
      .digest("hex");
  const { output } = await run(session, {
    task: { kind: "script", text: 'sha256sum < "$1"\n', args: [path] },
  });
  return output.slice(0, 64);
}

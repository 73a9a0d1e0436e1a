import { createHash } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { downloadJobFiles, isScarfError, type Session } from "scarf-tomo";
import { expect } from "vitest";
import { awaitEnd, chunkedSource, expectCode, hostileNames, readBytes, readText, submit } from "./bench.js";
import type { Case } from "./contract-subject.js";

/** A finished job with files in its directory and below. */
async function makeFiles(session: Session): Promise<string> {
  const text = `
    printf 'one' > one.txt
    : > empty.txt
    mkdir -p 'sub dir/deeper'
    printf 'below' > 'sub dir/below.txt'
    printf 'deepest' > 'sub dir/deeper/x'
    head -c 3000000 /dev/zero | tr '\\0' 'x' > large.bin
    mkdir names && cd names
    for name; do printf %s "$name" > "./$name"; done
  `;
  const id = await submit(session, {
    task: { kind: "script", text, args: hostileNames },
    outputPath: "out.txt",
  });
  expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
  return id;
}

export function jobFileCases(contract: Case): void {
  contract("lists the files of a job", async ({ session }) => {
    const id = await makeFiles(session);
    const files = await session.jobFiles(id).list();
    const byName = new Map(files.map((file) => [file.name, file]));
    expect(byName.get("one.txt")).toMatchObject({ kind: "file", sizeBytes: 3, readable: true });
    expect(byName.get("empty.txt")).toMatchObject({ kind: "file", sizeBytes: 0 });
    expect(byName.get("large.bin")).toMatchObject({ kind: "file", sizeBytes: 3_000_000 });
    expect(byName.get("sub dir")).toMatchObject({ kind: "directory" });
    expect(byName.has("below.txt")).toBe(false);
    for (const { name, path } of files) expect(path.endsWith(name)).toBe(true);
  });

  contract("lists directories below a job's, and every name in them", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    const below = await files.list("sub dir");
    expect(below.map(({ name, kind }) => [name, kind])).toEqual(
      expect.arrayContaining([
        ["below.txt", "file"],
        ["deeper", "directory"],
      ]),
    );
    expect((await files.list("names")).map(({ name }) => name).toSorted()).toEqual(hostileNames.toSorted());
    await expectCode(() => files.list("not there"), "FILE_NOT_FOUND");
  });

  contract("reads the files of a job, below its directory too", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    expect(await readText(await files.read("one.txt"))).toBe("one");
    expect(await readText(await files.read("empty.txt"))).toBe("");
    expect(await readText(await files.read("sub dir/below.txt"))).toBe("below");
    expect(await readText(await files.read("sub dir/deeper/x"))).toBe("deepest");
    const large = await files.read("large.bin");
    if (large.sizeBytes !== undefined) expect(large.sizeBytes).toBe(3_000_000);
    const expected = createHash("sha256").update("x".repeat(3_000_000)).digest("hex");
    expect(
      createHash("sha256")
        .update(await readBytes(large))
        .digest("hex"),
    ).toBe(expected);
    for (const name of hostileNames) expect(await readText(await files.read(`names/${name}`))).toBe(name);
  });

  contract("loses no file whose name can't be written here", async ({ session }) => {
    // A line end, a tab, what moves a cursor, and bytes that are no UTF-8.
    const text = `for name in 'new\\nline' 'tab\\there' 'red\\033[31m' 'no\\377utf8' 'back\\rhome'; do
      printf %s x > "$(printf "$name")"
    done; echo fine > fine.txt`;
    const id = await submit(session, {
      task: { kind: "script", text: `#!/bin/bash\n${text}` },
      outputPath: "out.txt",
    });
    expect(await awaitEnd(session, id)).toMatchObject({ outcome: "succeeded" });
    const directory = await mkdtemp(join(tmpdir(), "scarf-names-"));
    try {
      const { files, failures } = await downloadJobFiles(session, id, { directory });
      expect(files.map(({ name }) => name)).toEqual(expect.arrayContaining(["fine.txt", "out.txt"]));
      expect(Object.fromEntries(failures.map(({ name, error }) => [name, error.code]))).toEqual({
        "back\rhome": "FILE_NAME_REFUSED",
        "new\nline": "FILE_NAME_REFUSED",
        "no\uFFFDutf8": "FILE_NAME_REFUSED",
        "red\x1b[31m": "FILE_NAME_REFUSED",
        "tab\there": "FILE_NAME_REFUSED",
      });
      expect((await readdir(directory)).toSorted()).toEqual(files.map(({ name }) => name).toSorted());
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  contract("reads what changes meanwhile as long as it was told to be, or fails", async ({ session }) => {
    const text = `i=0
    : > ready
    while test $i -lt 20; do
      head -c 70000 /dev/zero >> grows
      head -c 3000000 /dev/zero > shrinks
      head -c 3000000 /dev/zero > vanishes
      sleep 0.02
      : > shrinks
      rm vanishes
      i=$((i + 1))
    done`;
    const id = await submit(session, { task: { kind: "script", text }, outputPath: "out.txt" });
    const seen = { whole: 0, failed: 0 };
    for (;;) {
      const status = (await session.status([id])).get(id);
      for (const name of ["grows", "shrinks", "vanishes"]) {
        try {
          const reading = await session.jobFiles(id).read(name);
          const bytes = await readBytes(reading);
          if (reading.sizeBytes !== undefined) expect(bytes.length).toBe(reading.sizeBytes);
          expect(bytes.every((byte) => byte === 0)).toBe(true);
          seen.whole += 1;
        } catch (error) {
          if (!isScarfError(error)) throw error;
          expect(["FILE_NOT_FOUND", "TRANSFER_INCOMPLETE", "JOB_NOT_FOUND"]).toContain(error.code);
          seen.failed += 1;
        }
      }
      if (status?.phase === "finished") break;
    }
    expect(seen.whole).toBeGreaterThan(0);
    expect(seen.failed).toBeGreaterThan(0); // at the end one of them is gone
    const bytes = await readBytes(await session.jobFiles(id).read("grows"));
    expect(bytes.length).toBe(20 * 70_000);
  });

  contract("says which file of a job is missing", async ({ session }) => {
    const id = await makeFiles(session);
    const failure = await expectCode(() => session.jobFiles(id).read("not there.txt"), "FILE_NOT_FOUND");
    expect(failure.message).toContain("not there.txt");
  });

  contract("lets no path lead out of a job's directory", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    for (const path of ["../x", "/etc/passwd", "sub dir/../../x", ".."])
      await expectCode(() => files.read(path), "FILE_NAME_REFUSED", "PERMISSION_DENIED", "FILE_NOT_FOUND");
    for (const directory of ["..", "/etc", "sub dir/../.."])
      await expectCode(
        () => files.list(directory),
        "FILE_NAME_REFUSED",
        "PERMISSION_DENIED",
        "FILE_NOT_FOUND",
      );
  });

  contract("reads several files in their order, and names the one that fails", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    const got: (readonly [string, string])[] = [];
    const wanted = ["sub dir/below.txt", "one.txt", "empty.txt", `names/${hostileNames[0]}`];
    for await (const reading of files.readMany(wanted)) got.push([reading.path, await readText(reading)]);
    expect(got).toEqual([
      ["sub dir/below.txt", "below"],
      ["one.txt", "one"],
      ["empty.txt", ""],
      [`names/${hostileNames[0]}`, hostileNames[0]],
    ]);
    const before: string[] = [];
    const failure: unknown = await (async () => {
      for await (const reading of files.readMany(["one.txt", "not there.txt", "empty.txt"]))
        before.push(await readText(reading));
      return undefined;
    })().catch((error: unknown) => error);
    expect(before).toEqual(["one"]);
    if (!isScarfError(failure)) throw failure;
    expect(failure).toMatchObject({ code: "FILE_NOT_FOUND", context: { path: "not there.txt" } });
    for await (const _ of files.readMany([])) throw new Error("Nothing was asked for");
  });

  contract("reads ranges of a job's files, or says that it can't", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    if (!session.capabilities.byteRanges) {
      await expectCode(() => files.read("one.txt", { offset: 1 }), "NOT_SUPPORTED");
      return;
    }
    expect(await readText(await files.read("one.txt", { offset: 1 }))).toBe("ne");
    expect(await readText(await files.read("large.bin", { offset: 2_999_998 }))).toBe("xx");
  });

  contract("writes into the directory of a job", async ({ session }) => {
    const id = await makeFiles(session);
    const files = session.jobFiles(id);
    await files.write(".", "late & new.txt", chunkedSource("late"));
    expect(await readText(await files.read("late & new.txt"))).toBe("late");
    await files.write("sub dir/new", "x", chunkedSource("below"));
    expect(await readText(await files.read("sub dir/new/x"))).toBe("below");
    if (session.capabilities.exclusiveWrite)
      await expectCode(() => files.write(".", "one.txt", chunkedSource("x")), "FILE_EXISTS");
    await files.write(".", "one.txt", chunkedSource("uno"), { overwrite: true });
    expect(await readText(await files.read("one.txt"))).toBe("uno");
  });
}

import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bytesSource } from "../bytes-source.js";
import { isReadable, LocalFiles } from "./local-files.js";
import { SafeRoots } from "./safe-directory.js";

it("gives what it makes to the user it works for", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scarf-owner-"));
  try {
    const home = join(folder, "home");
    await mkdir(home);
    // Only root can give files away; anybody else can give them to himself.
    const isRoot = process.getuid?.() === 0;
    const owner = isRoot
      ? { uid: 12_345, gid: 12_346 }
      : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
    const roots = new SafeRoots(home, { owner });
    const files = new LocalFiles(() => roots);
    await files.write("a/b", "c.txt", bytesSource(Buffer.from("text")));
    for (const path of ["a", "a/b", "a/b/c.txt"]) expect(await stat(join(home, path))).toMatchObject(owner);
    expect(await readFile(join(home, "a/b/c.txt"), "utf8")).toBe("text");
    expect((await stat(home)).uid).toBe(process.getuid?.());
  } finally {
    await rm(folder, { recursive: true });
  }
});

it("calls nothing unreadable that has vanished", async () => {
  const folder = await mkdtemp(join(tmpdir(), "scarf-readable-"));
  try {
    const path = join(folder, "file");
    await writeFile(path, "x");
    expect(await isReadable(path)).toBe(true);
    await rm(path);
    // A list leaves it out, instead of calling it unreadable.
    await expect(isReadable(path)).rejects.toMatchObject({ code: "ENOENT" });
  } finally {
    await rm(folder, { recursive: true });
  }
});

import { mkdtemp, mkdir, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { prepareTarget, splitSafely } from "./safe-path.js";

describe("names from a server", () => {
  it.each([
    "",
    "/",
    "/etc/passwd",
    "//x",
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "a//b",
    "a/",
    "a\\b",
    "..\\x",
    "a\0b",
    "a\nb",
    "x".repeat(256),
  ])("%j is refused", (name) => {
    expect(() => splitSafely(name, "linux")).toThrow(expect.objectContaining({ code: "FILE_NAME_REFUSED" }));
  });

  it.each([
    ["recon_00000.tif", ["recon_00000.tif"]],
    ["slices/0001.tif", ["slices", "0001.tif"]],
    ["./a/./b", ["a", "b"]],
    ["...", ["..."]],
    ["-rf", ["-rf"]],
    ["log 12:30.txt", ["log 12:30.txt"]],
    ["con", ["con"]],
    [" Zählrate ", [" Zählrate "]],
  ])("%j is harmless here", (name, parts) => {
    expect(splitSafely(name, "linux")).toEqual(parts);
  });

  it.each(["con", "NUL.txt", "a/com1", "lpt¹.tif", "C:x", "x:stream", "a.", "a ", "a?b"])(
    "%j is refused on Windows",
    (name) => {
      expect(() => splitSafely(name, "win32")).toThrow(
        expect.objectContaining({ code: "FILE_NAME_REFUSED" }),
      );
    },
  );
});

describe("the place below a directory", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "scarf-transfers-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("gets its directories", async () => {
    expect(await prepareTarget(directory, "a/b/c")).toBe(join(directory, "a", "b", "c"));
    expect(await prepareTarget(directory, "a/b/d")).toBe(join(directory, "a", "b", "d"));
    expect(await readdir(join(directory, "a"))).toEqual(["b"]);
  });

  it("is not reached through a link that someone put there", async () => {
    await mkdir(join(directory, "elsewhere"));
    await mkdir(join(directory, "target"));
    await symlink(join(directory, "elsewhere"), join(directory, "target", "slices"));
    await expect(prepareTarget(join(directory, "target"), "slices/x/0001.tif")).rejects.toThrow(
      "is a symbolic link",
    );
    expect(await readdir(join(directory, "elsewhere"))).toEqual([]);
  });
});

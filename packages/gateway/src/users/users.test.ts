import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addUser, checkPassword, getPasswordStamp, listUsers, removeUser, setPassword } from "./users.js";

describe("users", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "gateway-users-"));
    file = join(folder, "users");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("adds users with argon2id hashes in a file that only its owner can read", async () => {
    await addUser(file, "anna", "correct horse");
    await addUser(file, "bert@site.ac.uk", "battery staple");
    expect(await listUsers(file)).toEqual(["anna", "bert@site.ac.uk"]);
    expect(((await stat(file)).mode & 0o777).toString(8)).toBe("600");
    const text = await readFile(file, "utf8");
    expect(text).toMatch(/^anna:\$argon2id\$v=19\$m=19456,t=2,p=1\$/m);
    expect(text).not.toContain("correct horse");
  });

  it("tells right passwords from wrong ones, and unknown users take as long", async () => {
    await addUser(file, "anna", "correct horse");
    expect(await checkPassword(file, "anna", "correct horse")).toBe(true);
    expect(await checkPassword(file, "anna", "correct horse ")).toBe(false);
    expect(await checkPassword(file, "anna", "")).toBe(false);
    expect(await checkPassword(file, "nobody", "correct horse")).toBe(false);
    const time = async (name: string): Promise<number> => {
      const begun = performance.now();
      for (let count = 0; count < 5; count += 1) await checkPassword(file, name, "wrong password");
      return performance.now() - begun;
    };
    // Without the decoy an unknown user would take a hundredth of the time.
    expect(await time("nobody")).toBeGreaterThan((await time("anna")) / 4);
  });

  it("changes a password and its stamp, and removes a user", async () => {
    await addUser(file, "anna", "correct horse");
    const before = await getPasswordStamp(file, "anna");
    await setPassword(file, "anna", "battery staple");
    expect(await checkPassword(file, "anna", "correct horse")).toBe(false);
    expect(await checkPassword(file, "anna", "battery staple")).toBe(true);
    expect(await getPasswordStamp(file, "anna")).not.toBe(before);
    await removeUser(file, "anna");
    expect(await listUsers(file)).toEqual([]);
    expect(await getPasswordStamp(file, "anna")).toBeUndefined();
  });

  it("loses no user when several are added at once", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `user${index}`);
    await Promise.all(names.map((name) => addUser(file, name, "correct horse")));
    expect(await listUsers(file)).toEqual(names);
  });

  it("refuses names that could be paths, names taken, and passwords too short", async () => {
    for (const name of ["", "..", "a/b", ".hidden", "a b", "a:b", "-x", 'a"b', "a;b"]) {
      await expect(addUser(file, name, "correct horse")).rejects.toThrow("can't be a user name");
    }
    await addUser(file, "anna", "correct horse");
    await expect(addUser(file, "anna", "correct horse")).rejects.toThrow("User anna exists already.");
    await expect(addUser(file, "bert", "short")).rejects.toThrow("This password can't be used.");
    await expect(setPassword(file, "carl", "correct horse")).rejects.toThrow('There is no user "carl".');
    await expect(removeUser(file, "carl")).rejects.toThrow('There is no user "carl".');
  });

  it("names file and line of a mistake, and refuses a file that others can read", async () => {
    await writeFile(file, "# users\nanna:$argon2id$x\nbert:secret\n", { mode: 0o600 });
    await expect(listUsers(file)).rejects.toThrow(
      `${file}:3: expected an argon2id hash after "bert:", found something else.`,
    );
    await chmod(file, 0o644);
    await expect(listUsers(file)).rejects.toThrow(
      "expected a file that only its owner can read (mode 600), found mode 644",
    );
  });
});

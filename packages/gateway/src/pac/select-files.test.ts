import type { RemoteFile } from "scarf-tomo";
import { describe, expect, it } from "vitest";
import { matchesWildcards, selectFiles } from "./select-files.js";

const root = "/home/isisg/scarf362/Mantid_tomography_1_1423743450375PtlPj";

function file(path: string, kind: RemoteFile["kind"] = "file"): RemoteFile {
  return { path: `${root}/${path}`, name: path.split("/").at(-1) ?? "", kind, sizeBytes: 1, readable: true };
}

const tree: Readonly<Record<string, readonly RemoteFile[]>> = {
  "": [
    file("417666.output"),
    file("417666.error"),
    file("a,b.txt"),
    file("[x].txt"),
    file("a|b"),
    file("sub", "directory"),
    file(".secret"),
  ],
  sub: [file("sub/x.txt"), file("sub/y.txt")],
};

async function select(body: string): Promise<readonly string[]> {
  const selections = await selectFiles(body, (directory) => {
    const files = tree[directory];
    return files === undefined ? Promise.reject(new Error("no such directory")) : Promise.resolve(files);
  });
  return selections.map(({ path, file: found }) => (found === undefined ? `missing ${path}` : path));
}

describe("body of a file request", () => {
  it.each([
    ["pac: a base name", "417666.output", ["417666.output"]],
    ["pac -f a,b", "417666.output,417666.error", ["417666.output", "417666.error"]],
    ["pac -f with wildcards", "417666.*", ["417666.error", "417666.output"]],
    ["question mark and set", "417666.outpu?,417666.[a-f]*", ["417666.output", "417666.error"]],
    ["a relative path", "sub/x.txt", ["sub/x.txt"]],
    ["wildcards in a directory", "sub/*", ["sub/x.txt", "sub/y.txt"]],
    ["Bridge: an absolute path", `${root}/417666.output`, ["417666.output"]],
    ["IBM: /name for a file of the job", "/417666.output", ["417666.output"]],
    ["IBM: /dir/* for files of the job", "/sub/*", ["sub/x.txt", "sub/y.txt"]],
    [
      "Mantid, SCARF py2: a whole entry",
      `PAC Server*${root}/417666.output*FILE*1145*true`,
      ["417666.output"],
    ],
    ["a whole entry of a directory", `PAC Server*${root}/sub*DIR*0*true;`, ["sub"]],
    ["Mantid: a name with a star behind it", "417666.output*", ["417666.output"]],
    ["a comma in a name", "a,b.txt", ["a,b.txt"]],
    ["a bracket in a name", "[x].txt", ["[x].txt"]],
    ["a bar in a name, which is no command", "a|b", ["a|b"]],
    ["a line end behind it", "417666.output\r\n", ["417666.output"]],
  ])("%s", async (_, body, expected) => {
    expect(await select(body)).toEqual(expected);
  });

  it.each([
    ["../../../etc/passwd"],
    ["/etc/passwd"],
    ["sub/../../x"],
    [`${root}/../other/x`],
    ["PAC Server*/etc/passwd*FILE*1*true"],
    [".secret"],
    ["417666.output|gzip"],
    ["nothing*"],
    ["elsewhere/x"],
  ])("selects nothing for %s", async (body) => {
    expect(await select(body)).toEqual([`missing ${body.replace(/^PAC Server\*|\*FILE.*$/g, "")}`]);
  });

  it("selects hidden files by name for a client that was told of them, and nothing outside", async () => {
    const list = (): Promise<readonly RemoteFile[]> => Promise.resolve([file(".secret"), file("seen")]);
    const found = async (body: string): Promise<readonly unknown[]> =>
      (await selectFiles(body, list, { hidden: true })).map(({ path, file: at }) => [path, at?.name]);
    expect(await found(".secret")).toEqual([[".secret", ".secret"]]);
    expect(await found("*")).toEqual([["seen", "seen"]]);
    expect(await found("../.secret")).toEqual([["../.secret", undefined]]);
    expect(await found("./../.secret")).toEqual([["./../.secret", undefined]]);
  });

  it("does not look for very many names, nor for very long ones", async () => {
    await expect(select("a,".repeat(2000))).rejects.toMatchObject({ code: "USAGE_INVALID" });
    await expect(select("[".repeat(1_000_000))).rejects.toMatchObject({ code: "USAGE_INVALID" });
    expect(await select(`${"[".repeat(5000)}*`)).toEqual([`missing ${"[".repeat(5000)}*`]);
  });

  it("a pattern longer than any name is not tried on a thousand files", async () => {
    const many = Array.from({ length: 1000 }, (_, index) => file(`slice_${index}.tif`));
    const started = process.cpuUsage();
    const patterns = Array.from({ length: 15 }, () => `*${"[".repeat(4000)}`);
    const chosen = await selectFiles(patterns.join(","), () => Promise.resolve(many));
    expect(chosen.filter((selection) => selection.file !== undefined)).toEqual([]);
    // It was minutes.
    expect(process.cpuUsage(started).user / 1000).toBeLessThan(2000);
  });

  it("matches wildcards without running away", () => {
    expect(matchesWildcards("a".repeat(5000), `${"*a".repeat(50)}b`)).toBe(false);
    expect(matchesWildcards("x[1]", "x[[]1]")).toBe(true);
    expect(matchesWildcards("b", "[!a]")).toBe(true);
    expect(matchesWildcards("a", "[!a]")).toBe(false);
  });
});

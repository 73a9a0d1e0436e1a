import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ErrorCode, FileError } from "../errors/index.js";
import { failureOf } from "../resources/pac/testing/test-resource.js";
import { type MemoryResource } from "../sessions/testing/memory-resource.js";
import { SCARFTomoReconstruction } from "./scarf-tomo-reconstruction.js";
import { type ClusterWithFaults, openClusterWithFaults, UserName } from "./testing/cluster-with-faults.js";

let fixture: ClusterWithFaults;
let cluster: MemoryResource;
let job: string;
let directory: string;

beforeEach(async () => {
  fixture = await openClusterWithFaults();
  ({ cluster, job, directory } = fixture);
});
afterEach(() => fixture[Symbol.asyncDispose]());

describe("files on a cluster with its faults", () => {
  it("Mantid sent an empty file for a missing one: Upload fails before anything is sent", async () => {
    const FileToUpload = join(directory, "not-there.nxs");
    const missing = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(missing).toMatchObject({
      code: "FILE_NOT_FOUND",
      message: expect.stringContaining(FileToUpload) as unknown,
    });
    const wrongKind = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload: directory }));
    expect(wrongKind).toMatchObject({
      code: "FILE_KIND_WRONG",
      message: `${directory} is a directory, not a file`,
    });
    expect(cluster.calls.get("files.write")).toBeUndefined();
    // Properties are looked at before sessions, as in Mantid: nobody logs in for nothing.
    await SCARFTomoReconstruction({ Action: "LogOut" });
    const loggedOut = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(loggedOut.code).toBe("FILE_NOT_FOUND");
  });

  it("uploads to where it is told, and replaces only when asked", async () => {
    const FileToUpload = join(directory, "up.txt");
    await writeFile(FileToUpload, "one");
    await SCARFTomoReconstruction({ Action: "Upload", FileToUpload });
    await writeFile(FileToUpload, "two");
    const error = await failureOf(SCARFTomoReconstruction({ Action: "Upload", FileToUpload }));
    expect(error.code).toBe("FILE_EXISTS");
    const { files } = cluster.userNamed(UserName);
    expect(String(Buffer.from(files.get("/work/imat/up.txt") ?? []))).toBe("one");
    await SCARFTomoReconstruction({ Action: "Upload", FileToUpload, Overwrite: true });
    expect(String(Buffer.from(files.get("/work/imat/up.txt") ?? []))).toBe("two");
  });

  describe("Download", () => {
    let LocalDirectory: string;

    beforeEach(async () => {
      LocalDirectory = await mkdtemp(join(directory, "download-"));
      const { files } = cluster.userNamed(UserName);
      files.set(`jobs/${job}/a.txt`, Buffer.from("aaa"));
      files.set(`jobs/${job}/empty.txt`, Buffer.from(""));
      files.set(`jobs/${job}/sub/b.txt`, Buffer.from("bbb"));
    });

    const download = (
      inputs: { RemoteJobFilename?: string; Overwrite?: boolean; LocalDirectory?: string } = {},
    ): Promise<unknown> =>
      SCARFTomoReconstruction({ Action: "Download", DownloadJobID: job, LocalDirectory, ...inputs });

    it("Mantid asked for directories as if they were files: they are skipped; an empty file is a file", async () => {
      await download();
      expect((await readdir(LocalDirectory)).sort()).toEqual(["a.txt", "empty.txt"]);
      expect(await readFile(join(LocalDirectory, "empty.txt"), "utf8")).toBe("");
    });

    it.each(["a.txt", "a.txt*", "PAC Server*/x/a.txt*FILE*3*true"])(
      "Mantid failed on a plain name: %s is fetched",
      async (RemoteJobFilename) => {
        await download({ RemoteJobFilename });
        expect(await readFile(join(LocalDirectory, "a.txt"), "utf8")).toBe("aaa");
      },
    );

    it("names a file that the job does not have", async () => {
      const error = await failureOf(download({ RemoteJobFilename: "a.tx" }));
      expect(error).toMatchObject({
        code: "FILE_NOT_FOUND",
        message: expect.stringContaining("a.tx") as unknown,
      });
      expect(error.hint).toContain("a.txt");
    });

    it.each<[string, string, ErrorCode, string]>([
      ["missing", "none", "FILE_NOT_FOUND", "does not exist"],
      ["a file", "file", "FILE_KIND_WRONG", "is not a directory"],
    ])(
      "Mantid only warned: a LocalDirectory that is %s fails before anything is fetched",
      async (_, name, code, message) => {
        await writeFile(join(LocalDirectory, "file"), "");
        const error = await failureOf(download({ LocalDirectory: join(LocalDirectory, name) }));
        expect(error).toMatchObject({
          code,
          message: `LocalDirectory ${join(LocalDirectory, name)} ${message}.`,
        });
        expect(cluster.calls.get("files.list")).toBeUndefined();
      },
    );

    it("Mantid overwrote: existing files are named before anything is fetched, and replaced when asked", async () => {
      await writeFile(join(LocalDirectory, "a.txt"), "mine");
      const error = await failureOf(download());
      expect(error).toMatchObject({
        code: "FILE_EXISTS",
        message: `a.txt exists already in ${LocalDirectory}; nothing was fetched.`,
      });
      expect(await readdir(LocalDirectory)).toEqual(["a.txt"]);
      await download({ Overwrite: true });
      expect(await readFile(join(LocalDirectory, "a.txt"), "utf8")).toBe("aaa");
    });

    it("Mantid stopped at the first failure: the others are fetched, and the failed ones named", async () => {
      cluster.fail("chunk of a.txt", new FileError("FILE_UNREADABLE", "not yours"));
      const error = await failureOf(download());
      expect(error.code).toBe("TRANSFER_INCOMPLETE");
      expect(error.message).toBe(
        `1 of 2 files of job ${job} could not be fetched: a.txt (not yours). The others are complete in ${LocalDirectory}.`,
      );
      expect(await readdir(LocalDirectory)).toEqual(["empty.txt"]);
    });

    it("Mantid did nothing and said nothing: a job without files fails", async () => {
      cluster.userNamed(UserName).files.clear();
      expect(await failureOf(download())).toMatchObject({
        code: "FILE_NOT_FOUND",
        message: `Job ${job} at SCARF@STFC has no files.`,
      });
    });

    it("tells progress", async () => {
      const seen: number[] = [];
      await SCARFTomoReconstruction(
        { Action: "Download", DownloadJobID: job, LocalDirectory },
        { onProgress: ({ bytesDone }) => seen.push(bytesDone) },
      );
      expect(seen.at(-1)).toBe(3);
    });
  });

  it("ends at once when told to", async () => {
    const error = await failureOf(
      SCARFTomoReconstruction(
        { Action: "Upload", FileToUpload: import.meta.filename },
        { signal: AbortSignal.abort() },
      ),
    );
    expect(error.code).toBe("ABORTED");
  });
});

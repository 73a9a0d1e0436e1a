import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  configureAlgorithm,
  reconstructScan,
  SCARFTomoReconstruction,
  SessionManager,
  waitForJob,
} from "scarf-tomo";
import { afterEach, describe, expect, it } from "vitest";
import { startScarf } from "./scarf-in-a-box.js";

const scan = fileURLToPath(
  new URL("../../../../shared/data/derived-from-24737/24737_nxtomo.nxs", import.meta.url),
);

describe("a real scan, Diamond 24737, over SCARF's web service", { timeout: 60_000 }, () => {
  afterEach(() => {
    configureAlgorithm({});
  });

  it("goes there and comes back as the slices that the program makes here", async () => {
    await using scarf = await startScarf();
    const session = await scarf.resource.logIn(scarf);
    const report = await reconstructScan(session, scan, {
      directory: join(scarf.folder, "results"),
      parameters: { CENTRE: "85.74" },
    });

    expect(report.status).toMatchObject({ phase: "finished", outcome: "succeeded", exitCode: 0 });
    expect(report.centre?.pixels).toBe(85.74);
    const slices = report.files.filter(({ name }) => name.endsWith(".tif"));
    expect(slices).toHaveLength(135);

    const here = join(scarf.folder, "here");
    const program = join(dirname(fileURLToPath(import.meta.resolve("scarf-tomo-recon"))), "main.js");
    await promisify(execFile)(process.execPath, [
      program,
      scan,
      "-o",
      here,
      "--rows",
      "67:68",
      "--centre",
      "85.74",
    ]);
    const [expected, received] = await Promise.all([
      readFile(join(here, "recon_00067.tif")),
      readFile(join(scarf.folder, "results", "recon_00067.tif")),
    ]);
    expect(samplesOf(received)).toEqual(samplesOf(expected));
    await session.logOut();
  });

  it("is reconstructed by the nine actions of SCARFTomoReconstruction", async () => {
    await using scarf = await startScarf();
    configureAlgorithm({ sessions: new SessionManager({ resources: [scarf.resource] }) });
    const script = join(scarf.folder, "imat_recon.sh");
    await writeFile(script, '#!/bin/sh\nexec scarf-recon "$@"\n');

    await SCARFTomoReconstruction({ Action: "Ping", UserName: scarf.userName });
    await SCARFTomoReconstruction({ Action: "LogIn", Password: scarf.password });
    for (const FileToUpload of [scan, script])
      await SCARFTomoReconstruction({
        Action: "Upload",
        FileToUpload,
        DestinationDirectory: `${scarf.home}/imat`,
      });
    const { RemoteJobID } = await SCARFTomoReconstruction({
      Action: "SubmitJob",
      RunnablePath: `${scarf.home}/imat/imat_recon.sh`,
      JobOptions: `${scarf.home}/imat/24737_nxtomo.nxs --rows=64:72`,
      JobName: "tooth",
    });
    const session = await scarf.resource.logIn(scarf);
    await waitForJob(session, RemoteJobID);

    const one = await SCARFTomoReconstruction({ Action: "JobStatusByID", JobID: RemoteJobID });
    expect(one.RemoteJobName).toBe("tooth");
    expect(one.RemoteJobStatus).toBe("Done");
    expect(one.RemoteJobCommand).toContain("imat_recon.sh");
    const sleeper = await SCARFTomoReconstruction({
      Action: "SubmitJob",
      RunnablePath: "-c",
      JobOptions: "'sleep 600'",
      JobName: "sleeper",
    });
    await SCARFTomoReconstruction({ Action: "CancelJob", CancelJobID: sleeper.RemoteJobID });
    expect(await waitForJob(session, sleeper.RemoteJobID)).toMatchObject({
      status: { outcome: "cancelled" },
    });
    const all = await SCARFTomoReconstruction({ Action: "JobStatus" });
    expect(all.RemoteJobsID).toEqual([sleeper.RemoteJobID, RemoteJobID]);
    expect(all.RemoteJobsNames).toEqual(["sleeper", "tooth"]);
    expect(all.RemoteJobsStatus).toEqual(["Exit", "Done"]);

    const LocalDirectory = join(scarf.folder, "slices");
    await mkdir(LocalDirectory);
    await SCARFTomoReconstruction({ Action: "Download", DownloadJobID: RemoteJobID, LocalDirectory });
    const names = (await readdir(LocalDirectory)).filter((name) => name.endsWith(".tif"));
    expect(names.sort()).toEqual([64, 65, 66, 67, 68, 69, 70, 71].map((row) => `recon_000${row}.tif`));
    await SCARFTomoReconstruction({ Action: "LogOut" });
    await expect(SCARFTomoReconstruction({ Action: "JobStatus" })).rejects.toMatchObject({
      code: "NOT_LOGGED_IN",
      message: expect.stringContaining("scarf362 is not logged in on SCARF@STFC") as unknown,
    });
  });
});

/** The pixels of a slice that `scarf-recon` wrote: float32, one strip at the end of the file. */
function samplesOf(tiff: Buffer): Buffer {
  return tiff.subarray(tiff.length - 160 * 160 * Float32Array.BYTES_PER_ELEMENT);
}

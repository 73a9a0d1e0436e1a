// Five users on three clusters, in one program and at the same time: SCARFTomoReconstruction keeps a session for each of
// them, and everybody sees only their own jobs. The clusters are queues on this machine, in a temporary directory.
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configureAlgorithm, LocalResource, SCARFTomoReconstruction, SessionManager } from "scarf-tomo";

const directory = await mkdtemp(join(tmpdir(), "scarf-example-"));
const programs = join(directory, "programs");
await mkdir(programs);
// SCARF's applications run scripts by `python`. Here that is Node.js, so that the example needs nothing else.
await writeFile(join(programs, "python"), `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
await chmod(join(programs, "python"), 0o755);
const script = join(programs, "reconstruct.mjs");
await writeFile(script, `console.log("reconstructing", ...process.argv.slice(2));\n`);

const clusters = ["scarf", "diamond", "local"];
const resources = clusters.map(
  (id) => new LocalResource({ id, workspace: join(directory, id), extraPath: [programs], idleSeconds: 1 }),
);
const sessions = new SessionManager({ resources });
configureAlgorithm({ sessions });

const users = ["ada", "ben", "cleo", "dov", "eva"];
const everyone = users.flatMap((UserName) =>
  clusters.map((ComputeResource) => ({ UserName, ComputeResource })),
);

await Promise.all(
  everyone.map(async (who) => {
    await SCARFTomoReconstruction({ Action: "LogIn", ...who });
    await SCARFTomoReconstruction({
      Action: "SubmitJob",
      ...who,
      RunnablePath: script,
      JobOptions: `--sample '${who.UserName} at ${who.ComputeResource}'`,
      JobName: `scan_of_${who.UserName}`,
    });
  }),
);

for (const who of everyone) {
  const { RemoteJobsNames, RemoteJobsStatus } = await whenAllHaveEnded(who);
  console.log(
    `${who.UserName} at ${who.ComputeResource}: ${RemoteJobsNames.join(", ")}: ${RemoteJobsStatus.join(", ")}`,
  );
  await SCARFTomoReconstruction({ Action: "LogOut", ...who });
}

await sessions.close();
// The engines end by themselves and may still be writing their last files.
await rm(directory, { recursive: true, maxRetries: 20, retryDelay: 200 });

async function whenAllHaveEnded(who: { UserName: string; ComputeResource: string }) {
  for (;;) {
    const jobs = await SCARFTomoReconstruction({ Action: "JobStatus", ...who });
    if (jobs.RemoteJobsStatus.every((status) => status === "Done" || status === "Exit")) return jobs;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

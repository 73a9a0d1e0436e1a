import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { withoutPrivileges } from "../../testing/without-privileges.js";
import { getProcessIdentity } from "../../transports/process/process-identity.js";
import { launchJob } from "./launch-job.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-launch-"));
  await mkdir(join(folder, "work"));
  await chmod(join(folder, "work"), 0o777);
  await mkdir(join(folder, "locked"));
  await chmod(join(folder, "locked"), 0o000);
  await mkdir(join(folder, "open"));
  await writeFile(join(folder, "open", "not-executable"), "text");
});

afterAll(() => rm(folder, { recursive: true }));

async function launch(program: string): Promise<unknown> {
  const submitter = getProcessIdentity(process.pid);
  if (submitter === undefined) throw new Error("this process has no identity");
  return launchJob({
    ref: { id: "1", number: 1 },
    stateDirectory: folder,
    mark: "mark",
    record: {
      format: 1,
      user: "anna",
      submitKey: "key",
      submittedAt: new Date().toISOString(),
      submitter,
      directory: join(folder, "work"),
      name: "job",
      command: program,
      launch: { kind: "argv", argv: [program] },
      environment: { PATH: [join(folder, "locked"), join(folder, "open")].join(":") },
      workingDirectory: join(folder, "work"),
      cores: 1,
      hold: false,
      requeueable: false,
      priority: 0,
    },
  });
}

it("tells a missing program from a forbidden one, also where a directory of PATH may not be searched", async () => {
  await withoutPrivileges(folder, async () => {
    await expect(launch("no-such-program")).rejects.toMatchObject({
      exitCode: 127,
      message: "The program `no-such-program` was not found.",
    });
    await expect(launch("not-executable")).rejects.toMatchObject({ exitCode: 126 });
  });
});

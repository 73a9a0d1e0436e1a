import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { addUser } from "scarf-tomo-gateway";
import { ScarfProgram } from "../journey/scarf-program.js";

export interface Crowd {
  readonly users: number;
  /** Jobs of each of them, all finished. */
  readonly jobsEach: number;
}

/** A gateway in a process of its own, over a machine on which many people have many jobs. */
export interface CrowdedGateway extends AsyncDisposable {
  readonly pacUrl: string;
  readonly pid: number;
  readonly userNames: readonly string[];
  /** Everybody's. */
  readonly password: string;
  /** A job of a user, by their place in `userNames` and the job's number from 1. */
  jobId(place: number, number: number): string;
}

const password = "the password of all";
const putJobs = new URL(
  "resources/local/testing/put-finished-jobs-main.js",
  import.meta.resolve("scarf-tomo"),
);

export async function startCrowdedGateway({ users, jobsEach }: Crowd): Promise<CrowdedGateway> {
  const folder = await mkdtemp(join(tmpdir(), "scarf-crowd-"));
  const stateDirectory = join(folder, "gateway");
  const workspace = join(folder, "workspace");
  const userNames = Array.from({ length: users }, (_, place) => `user${String(place).padStart(3, "0")}`);
  await mkdir(join(folder, "tmp"));
  await addUsers(join(stateDirectory, "users"), userNames);
  await promisify(execFile)(process.execPath, [putJobs.pathname, workspace, String(jobsEach), ...userNames]);
  const configuration = join(folder, "gateway.toml");
  await writeFile(
    configuration,
    `listen = "127.0.0.1:0"
stateDirectory = ${JSON.stringify(stateDirectory)}
log.level = "error"
log.file = ${JSON.stringify(join(folder, "gateway.log"))}
[resources.local]
kind = "local"
workspace = ${JSON.stringify(workspace)}
`,
  );
  const served = await new ScarfProgram(folder).serve(configuration);
  return {
    pacUrl: `${served.url}platform/`,
    pid: served.pid,
    userNames,
    password,
    jobId: (place, number) => String(place * jobsEach + number),
    async [Symbol.asyncDispose]() {
      await served.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}

/** One hash for all: two hundred of them would cost more than the rest of the test. */
async function addUsers(file: string, userNames: readonly string[]): Promise<void> {
  await addUser(file, "first", password);
  const hash = /^first:(.*)$/m.exec(await readFile(file, "utf8"))?.[1] ?? "";
  await writeFile(file, userNames.map((name) => `${name}:${hash}\n`).join(""));
}

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  downloadJobFiles,
  FileSessionStore,
  PacResource,
  SubmitJournal,
  submitOnce,
  uploadFile,
  waitForJob,
} from "scarf-tomo";
import { startScarf } from "./scarf-in-a-box.js";

export interface ClientKillReport {
  readonly kills: number;
  /** Submits of which the client was told, or told itself, that they are done. */
  readonly acknowledged: number;
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

/** Several packets of the network, and of the disk. */
const fileBytes = 3_000_000;

/** Content that is known by the number alone. */
function contentOf(number: number): Buffer {
  return Buffer.alloc(fileBytes, createHash("sha512").update(String(number)).digest());
}

/**
 * Kills a client of the web service at random moments, while it uploads, submits and downloads, and starts it again with the
 * work that it had not finished; then compares what it was promised with what is there.
 */
export async function runClientKillTrial(kills: number): Promise<ClientKillReport> {
  await using scarf = await startScarf();
  const local = join(scarf.folder, "client");
  await mkdir(join(local, "results"), { recursive: true });
  const session = await scarf.resource.logIn(scarf);
  await new FileSessionStore(join(local, "sessions")).save(session.save());
  const acknowledged = new Map<number, string>();
  const violations: string[] = [];
  const note = (line: string): void => {
    const [, number, id = ""] = /^ack (\d+) (.+)$/.exec(line) ?? [];
    if (number === undefined) return;
    const before = acknowledged.get(Number(number));
    if (before !== undefined && before !== id)
      violations.push(`job ${number} was ${before} and became ${id}`);
    acknowledged.set(Number(number), id);
  };
  const checkFiles = async (directory: string): Promise<void> => {
    for (const name of await readdir(directory).catch(() => [])) {
      if (name.startsWith(".")) continue;
      const number = Number(/\d+/.exec(name)?.[0]);
      if (!(await readFile(join(directory, name))).equals(contentOf(number)))
        violations.push(`${name} in ${directory} is not complete`);
    }
  };
  for (let round = 0; round < kills; round += 1) {
    const client = startClient(scarf.pacUrl, local, acknowledged.size, note);
    await once(client.stdout, "data");
    await sleep(Math.random() * 400);
    client.child.kill("SIGKILL");
    await client.ended;
    await checkFiles(join(local, "results"));
    await checkFiles(join(scarf.home, "up"));
  }
  const last = startClient(scarf.pacUrl, local, acknowledged.size, note, 1);
  await last.ended;

  const jobs = await session.list();
  for (const [number, id] of acknowledged) {
    const found = jobs.filter(({ name }) => name === `job-${number}`).map((job) => job.id);
    if (found.join() !== id)
      violations.push(`job ${number} was acknowledged as ${id}; there is ${found.join()}`);
    const { status } = await waitForJob(session, id);
    if (status?.phase !== "finished" || status.outcome !== "succeeded")
      violations.push(`job ${number} is ${JSON.stringify(status)}`);
  }
  for (const { name, id } of jobs)
    if (jobs.some((other) => other.name === name && other.id !== id))
      violations.push(`${name} is there twice`);
  return { kills, acknowledged: acknowledged.size, violations };
}

interface Client {
  readonly child: ChildProcess;
  readonly stdout: NodeJS.ReadableStream;
  readonly ended: Promise<unknown>;
}

function startClient(
  pacUrl: string,
  local: string,
  first: number,
  note: (line: string) => void,
  count = 1000,
): Client {
  const args = [fileURLToPath(import.meta.url), pacUrl, local, String(first), String(count)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface(child.stdout).on("line", note);
  return { child, stdout: child.stdout, ended: Promise.all([once(child, "exit"), once(lines, "close")]) };
}

/** The client: one journey after another, the first one again if it was interrupted. */
async function work(pacUrl: string, local: string, first: number, count: number): Promise<void> {
  const resource = new PacResource({ id: "SCARF@STFC", baseUrl: pacUrl });
  const saved = await new FileSessionStore(join(local, "sessions")).load("SCARF@STFC", "scarf362");
  if (saved === undefined) throw new Error("nobody is logged in");
  const session = resource.resume(saved);
  const journal = new SubmitJournal(join(local, "journal"));
  process.stdout.write("started\n");
  for (let number = first; number < first + count; number += 1) {
    const scan = join(local, `scan-${number}.bin`);
    await writeFile(scan, contentOf(number));
    const { path } = await uploadFile(session, scan, "up", { overwrite: "replace" });
    const { jobId } = await submitOnce(
      session,
      { name: `job-${number}`, task: { kind: "command", argv: ["cp", path, `slice-${number}.bin`] } },
      { submitKey: `key-${number}`, journal },
    );
    process.stdout.write(`ack ${number} ${jobId}\n`);
    await waitForJob(session, jobId);
    const directory = join(local, "results");
    await downloadJobFiles(session, jobId, {
      directory,
      names: [`slice-${number}.bin`],
      overwrite: "replace",
    });
  }
  await resource.close();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [pacUrl = "", local = "", first = "", count = ""] = process.argv.slice(2);
  await work(pacUrl, local, Number(first), Number(count));
}

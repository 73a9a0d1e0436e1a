import { createHash, randomBytes } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalResource } from "scarf-tomo";
import { password, userName } from "./gateway-fixture.js";
import { prepareGatewayProcess } from "./gateway-process.js";
import { sendRaw } from "./raw-http.js";
import { pacSubmit, pacUpload, pacUploadBody } from "./recorded.js";

export interface KillReport {
  /** Kills that hit the gateway. */
  readonly kills: number;
  /** Requests that had no answer and were repeated. */
  readonly repetitions: number;
  /** Jobs that the gateway has acknowledged. */
  readonly acknowledgedJobs: number;
  /** Submit keys whose jobs are there another number of times than once, or under another id than acknowledged. */
  readonly wrongJobs: readonly string[];
  readonly acknowledgedFiles: number;
  /** Files that were incomplete under their final name, at any kill, or missing after the acknowledgement. */
  readonly wrongFiles: readonly string[];
}

/** Kills the gateway at random moments while clients submit jobs and upload files, and says what became of them. */
export async function killRounds(rounds: number): Promise<KillReport> {
  await using gateway = await prepareGatewayProcess();
  await gateway.start();
  const cookie = await logOn(gateway.port);
  const work = new Work(gateway.port, cookie);
  const clients = [
    work.submitForever(),
    work.submitForever(),
    work.uploadForever(),
    work.uploadChunksForever(),
  ];
  const directory = join(gateway.workspace, "users", userName, "up");
  for (let round = 0; round < rounds; round += 1) {
    // Every other time something is known to have come through, however slow the machine is.
    if (round % 2 === 0) await work.nextJob();
    await sleep(Math.random() * 250);
    await gateway.kill();
    await work.checkFiles(directory);
    await gateway.start();
  }
  work.stop();
  await Promise.all(clients);
  await work.checkFiles(directory, true);
  const jobs = await listJobs(gateway.workspace);
  return {
    kills: rounds,
    repetitions: work.repetitions,
    acknowledgedJobs: work.jobs.size,
    wrongJobs: [...work.jobs].filter(([name, id]) => jobs.get(name)?.join() !== id).map(([name]) => name),
    acknowledgedFiles: work.acknowledged.size,
    wrongFiles: [...work.wrongFiles],
  };
}

class Work {
  readonly jobs = new Map<string, string>();
  readonly acknowledged = new Set<string>();
  readonly wrongFiles = new Set<string>();
  repetitions = 0;
  readonly #port: number;
  readonly #cookie: string;
  readonly #digests = new Map<string, string>();
  readonly #events = new EventEmitter();
  #stopped = false;

  constructor(port: number, cookie: string) {
    this.#port = port;
    this.#cookie = cookie;
  }

  stop(): void {
    this.#stopped = true;
  }

  async submitForever(): Promise<void> {
    while (!this.#stopped) {
      const name = `job-${randomBytes(6).toString("hex")}`;
      const body = {
        parameters: { JOB_NAME: name, COMMANDTORUN: "cat in.txt", INPUT_FILE: "in.txt,upload" },
        fileParameters: ["INPUT_FILE"],
        attachments: [{ name: "in.txt", data: name }],
      };
      const text = await this.#repeat(pacSubmit(this.#cookie, body, `scarf-submit-key: key-${name}\r\n`));
      const id = /<id>([1-9]\d*)</.exec(text)?.[1];
      if (id === undefined) throw new Error(`not submitted: ${text}`);
      this.jobs.set(name, id);
      this.#events.emit("job");
    }
  }

  /** Resolves when one more job has been acknowledged. */
  async nextJob(): Promise<void> {
    await once(this.#events, "job");
  }

  async uploadForever(): Promise<void> {
    while (!this.#stopped) {
      const { name, data } = this.#newFile("whole", 3_000_000);
      await this.#upload("upfile/0", pacUploadBody("up", [{ name, data }]));
      this.acknowledged.add(name);
    }
  }

  async uploadChunksForever(): Promise<void> {
    while (!this.#stopped) {
      const { name, data } = this.#newFile("chunks", 900_000);
      for (let number = 1; number <= 3; number += 1) {
        const chunk = data.subarray((number - 1) * 300_000, number * 300_000);
        const fields = { chunkid: String(number), chunkamount: "3.0", chunkbase: name };
        await this.#upload(
          "uplargefile/0",
          pacUploadBody("up", [{ name: `.${name}.${number}`, data: chunk }], fields),
        );
      }
      this.acknowledged.add(name);
    }
  }

  /** Whatever has a final name must be whole. */
  async checkFiles(directory: string, atTheEnd = false): Promise<void> {
    const names = (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith("."));
    for (const name of names) {
      const digest = createHash("sha256")
        .update(await readFile(join(directory, name)))
        .digest("hex");
      if (digest !== this.#digests.get(name)) this.wrongFiles.add(name);
    }
    if (!atTheEnd) return;
    for (const name of this.acknowledged) if (!names.includes(name)) this.wrongFiles.add(name);
  }

  #newFile(kind: string, sizeBytes: number): { readonly name: string; readonly data: Buffer } {
    const name = `${kind}-${randomBytes(6).toString("hex")}`;
    const data = randomBytes(sizeBytes);
    this.#digests.set(name, createHash("sha256").update(data).digest("hex"));
    return { name, data };
  }

  async #upload(path: string, body: Buffer): Promise<void> {
    const text = await this.#repeat(pacUpload(path, this.#cookie, body));
    if (!text.includes("successfully")) throw new Error(`not uploaded: ${text}`);
  }

  /** Sends until there is an answer, as a careful client does. */
  async #repeat(request: readonly (string | Buffer)[]): Promise<string> {
    for (;;) {
      try {
        return (await sendRaw(this.#port, request)).text;
      } catch {
        this.repetitions += 1;
        await sleep(20);
      }
    }
  }
}

async function logOn(port: number): Promise<string> {
  const body = `<User><name>${userName}</name> <pass>${password}</pass> </User>`;
  const { text } = await sendRaw(
    port,
    `GET /platform/webservice/pacclient/logon/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return (/<token>(.*)<\/token>/.exec(text)?.[1] ?? "").replaceAll('"', "#quote#");
}

/** Job name → ids, from the resource itself. */
async function listJobs(workspace: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const session = await new LocalResource({ id: "local", workspace }).logIn({ userName });
  const ids = new Map<string, string[]>();
  for (const { name, id } of await session.list()) ids.set(name, [...(ids.get(name) ?? []), id]);
  return ids;
}

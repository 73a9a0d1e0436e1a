import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  downloadJobFiles,
  isScarfError,
  type JobId,
  type JobStatus,
  PacResource,
  type Session,
  uploadFile,
  waitForJob,
} from "scarf-tomo";
import { type ScarfInABox, startScarf } from "../journey/scarf-in-a-box.js";
import type { Act, Direction } from "./fault.js";
import { FaultProxy } from "./fault-proxy.js";
import { SeededRandom } from "./seeded-random.js";
import type { Generation } from "./traveller.js";

export interface DamageReport {
  /** How often an upload, a download and a look at a job ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** What went against a promise; empty when all held. */
  readonly violations: readonly string[];
}

const scan = Buffer.from(Array.from({ length: 40_000 }, (_, at) => (at * 31 + (at >> 8)) & 0xff));
const damages: readonly [Act, ...Act[]] = [
  { kind: "corrupt", bytes: 1 },
  { kind: "corrupt", bytes: 50 },
  { kind: "duplicate", bytes: 40 },
  { kind: "reorder", bytes: 64 },
];

/**
 * Damages bytes of uploads, downloads and answers about a job, one place at a time. A file must come to its name as it is or
 * not at all; a job's state may become unknown, but no other.
 */
export async function runDamageTrial(
  places: number,
  seed: number,
  generation: Generation,
): Promise<DamageReport> {
  await using scarf = await startScarf();
  await using proxy = await FaultProxy.start(Number(new URL(scarf.pacUrl).port));
  const resource = new PacResource({
    id: "SCARF@STFC",
    baseUrl: `${proxy.origin}/platform/`,
    uploadChunkBytes: 32_768,
    generation,
    retry: { attempts: 1 },
    timeouts: { responseSeconds: 1, idleSeconds: 1 },
  });
  const session = await resource.logIn(scarf);
  const trial = new DamageTrial(scarf, proxy, session, new SeededRandom(seed));
  await trial.prepare();
  for (let place = 1; place <= places; place += 1) {
    await trial.upload(place);
    await trial.download(place);
    await trial.look();
  }
  await resource.close();
  return trial;
}

class DamageTrial implements DamageReport {
  readonly outcomes: Record<string, number> = {};
  readonly violations: string[] = [];
  readonly #scarf: ScarfInABox;
  readonly #proxy: FaultProxy;
  readonly #session: Session;
  readonly #random: SeededRandom;
  readonly #path: string;
  #jobId: JobId = "";

  constructor(scarf: ScarfInABox, proxy: FaultProxy, session: Session, random: SeededRandom) {
    this.#scarf = scarf;
    this.#proxy = proxy;
    this.#session = session;
    this.#random = random;
    this.#path = join(scarf.folder, "scan.bin");
  }

  /** A job that has failed, and has the scan for its result. */
  async prepare(): Promise<void> {
    await writeFile(this.#path, scan);
    const { path } = await uploadFile(this.#session, this.#path, "scans");
    const task = { kind: "shell", commandLine: `cp ${path} result.bin; exit 3` } as const;
    this.#jobId = await this.#session.submit({ task }, { submitKey: "damaged" });
    await waitForJob(this.#session, this.#jobId);
  }

  /** Small files go whole, the scan goes in chunks. */
  async upload(place: number): Promise<void> {
    const directory = `up-${place}`;
    const small = join(this.#scarf.folder, "small.bin");
    await writeFile(small, scan.subarray(0, 3000));
    const [path, bytes] = this.#random.chance(0.5) ? [small, 3000] : [this.#path, scan.length];
    const damaged = await this.#damage("request", 200 + Math.min(bytes, 32_768), () =>
      uploadFile(this.#session, path, directory, { retry: { attempts: 1 } }),
    );
    this.#count("upload", damaged);
    const there = join(this.#scarf.home, directory);
    for (const name of await readdir(there).catch(() => []))
      if (!(await readFile(join(there, name))).equals(scan.subarray(0, bytes)))
        this.violations.push(`upload ${place}: ${name} has other bytes (${String(damaged)})`);
  }

  async download(place: number): Promise<void> {
    const directory = join(this.#scarf.folder, `results-${place}`);
    await mkdir(directory);
    let isChecked = true;
    const damaged = await this.#damage("answer", scan.length + 500, async () => {
      const { files, failures } = await downloadJobFiles(this.#session, this.#jobId, {
        directory,
        names: ["result.bin"],
        retry: { attempts: 1 },
      });
      const [failure] = failures;
      if (failure !== undefined) throw failure.error;
      isChecked = files.every(({ sha256 }) => sha256 !== undefined);
    });
    this.#count(isChecked ? "download" : "download, unchecked", damaged);
    for (const name of await readdir(directory))
      if (name !== "result.bin" || (isChecked && !(await readFile(join(directory, name))).equals(scan)))
        this.violations.push(`download ${place}: ${name} has other bytes (${String(damaged)})`);
    await rm(directory, { recursive: true });
  }

  async look(): Promise<void> {
    let status: JobStatus | undefined;
    const damaged = await this.#damage("answer", 1500, async () => {
      status = (await this.#session.status([this.#jobId])).get(this.#jobId);
    });
    this.#count("look", damaged);
    if (damaged !== undefined || status?.phase === "unknown") return;
    if (status?.phase !== "finished" || status.outcome !== "failed")
      this.violations.push(`the job became ${JSON.stringify(status)}`);
  }

  /** Makes a call of which one message is damaged; answers the error that it ended with. */
  async #damage(direction: Direction, bytes: number, call: () => Promise<unknown>): Promise<unknown> {
    const act = this.#random.pick(damages);
    // The first request is often only a question before the one with the bytes.
    let left = this.#random.below(2);
    const afterBytes = this.#random.below(bytes);
    this.#proxy.plan = () => {
      left -= 1;
      return left === -1 ? { direction, afterBytes, act } : undefined;
    };
    try {
      await call();
      return undefined;
    } catch (error) {
      if (!isScarfError(error)) this.violations.push(`not one of our errors: ${String(error)}`);
      return error;
    } finally {
      this.#proxy.plan = undefined;
      await this.#proxy.settled();
    }
  }

  #count(what: string, error: unknown): void {
    const outcome = `${what}: ${isScarfError(error) ? error.code : "right"}`;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
  }
}

import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type ByteSource,
  type FileReading,
  isScarfError,
  type Job,
  type JobId,
  type JobSpec,
  type JobStatus,
  type ScarfError,
  type Session,
} from "scarf-tomo";
import { expect } from "vitest";

const patienceMs = 25_000;

/** A name that no other case uses. */
export function uniqueName(prefix = "contract"): string {
  return `${prefix}-${randomBytes(5).toString("hex")}`;
}

export async function submit(session: Session, spec: JobSpec): Promise<JobId> {
  return await session.submit(spec, { submitKey: uniqueName("key") });
}

/** Waits until a job's status is as wanted. Fails with the last status when it does not become so. */
export async function awaitStatus(
  session: Session,
  id: JobId,
  wanted: (status: JobStatus) => boolean,
): Promise<JobStatus> {
  const end = performance.now() + patienceMs;
  for (;;) {
    const status = (await session.status([id])).get(id);
    if (!status) throw new Error(`The answer does not have job ${id}, which was asked for`);
    if (wanted(status)) return status;
    if (performance.now() > end) throw new Error(`Job ${id} stays ${JSON.stringify(status)}`);
    await sleep(40);
  }
}

export async function awaitPhase(session: Session, id: JobId, phase: JobStatus["phase"]): Promise<JobStatus> {
  return await awaitStatus(session, id, (status) => status.phase === phase);
}

/** Waits for the end; `unknown` is one too, which no case expects. */
export async function awaitEnd(session: Session, id: JobId): Promise<JobStatus> {
  return await awaitStatus(session, id, ({ phase }) => phase === "finished" || phase === "unknown");
}

export interface Ran {
  readonly id: JobId;
  readonly status: JobStatus;
  readonly job: Job;
  readonly output: string;
}

/** Submits, waits for the end and reads what the job printed. */
export async function run(session: Session, spec: JobSpec): Promise<Ran> {
  const outputPath = spec.outputPath ?? "out.txt";
  const id = await submit(session, { outputPath, errorPath: "err.txt", ...spec });
  const status = await awaitEnd(session, id);
  const job = await session.job(id);
  const output = await readText(await session.jobFiles(id).read(outputPath.replaceAll("%J", id)));
  return { id, status, job, output };
}

export async function readBytes(reading: FileReading): Promise<Buffer> {
  const chunks: Buffer[] = [];
  // Chunks may be reused buffers, so each is copied.
  for await (const chunk of reading.chunks) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

export async function readText(reading: FileReading): Promise<string> {
  return (await readBytes(reading)).toString("utf8");
}

export function chunkedSource(content: Uint8Array | string, chunkBytes = 65_536): ByteSource {
  const bytes = Buffer.from(content);
  return {
    sizeBytes: bytes.length,
    async *read(offset = 0) {
      for (let at = offset; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
    },
  };
}

/** What a call is rejected with. Fails when it succeeds, and on errors that no user should see. */
export async function failureOf(call: () => Promise<unknown>): Promise<ScarfError> {
  let result: unknown;
  try {
    result = await call();
  } catch (error) {
    if (!isScarfError(error)) throw error;
    expect(error.message, "the message is a sentence").toMatch(/\S.*[.!?)]$/s);
    return error;
  }
  throw new Error(`Expected a failure, but the call gave ${JSON.stringify(result)}`);
}

export async function expectCode(
  call: () => Promise<unknown>,
  ...codes: readonly string[]
): Promise<ScarfError> {
  const failure = await failureOf(call);
  expect(codes, `${failure.code}: ${failure.message}`).toContain(failure.code);
  return failure;
}

/** Names that have tripped shells, parsers of URLs, XML and MIME, and lists with separators. */
export const hostileNames = [
  "with space.txt",
  "quote'and\"double.txt",
  "semi;colon,comma&and.txt",
  "per%41cent%2e%2e.txt",
  "hash#quote#.txt",
  "<tag>&amp;.txt",
  "-leading-dash.txt",
  "dollar$HOME`id`.txt",
  "ünïcode–日本.txt",
  "back\\slash.txt",
  "star*?[x].txt",
  ".hidden",
  `${"long".repeat(63)}.gz`,
  "日".repeat(85),
  "caf\u00E9.txt",
  "cafe\u0301.txt",
  "right\u202Etxt.exe",
  "\u{1F600}\u2028\uFEFF.txt",
  "..%2F..%2Fx",
  "a;b*c|d,e.txt",
  "cdata]]>.txt",
  "<script>alert(1)<\\script>.txt",
  "plus+tilde~equals=.txt",
  "pipe|gzip",
  "CON",
  "aux.txt",
  "case.txt",
  "Case.txt",
  "two..dots",
  "..dots.txt",
] as const;

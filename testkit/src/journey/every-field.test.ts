import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type ByteSource,
  isScarfError,
  type JobSpec,
  LocalResource,
  PacResource,
  type ResourceSpec,
  type Session,
} from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ScarfInABox, startScarf } from "./scarf-in-a-box.js";

const source: ByteSource = {
  sizeBytes: 5,
  async *read() {
    yield Buffer.from("12345");
  },
};
const task = { kind: "command", argv: ["true"] } as const;

/** A value of every field, as unusual as it may be; the types keep the table complete. */
const resourceFields: { readonly [Field in keyof ResourceSpec]-?: ResourceSpec[Field] } = {
  nodes: 2,
  tasksPerNode: 2,
  tasks: 3,
  coresPerTask: 2,
  gpusPerNode: 1,
  memoryPerNodeBytes: 123_731_968,
  wallTimeSeconds: 7260,
  constraint: "marker_constraint",
  exclusive: true,
};
const fields: { readonly [Field in Exclude<keyof JobSpec, "task" | "resources">]-?: JobSpec[Field] } = {
  name: "marker name",
  description: "marker description",
  workingDirectory: "/marker/directory",
  environment: { MARKER: "it's a 'marker' $HOME" },
  inputPath: "marker.in",
  outputPath: "marker.out",
  errorPath: "marker.err",
  queue: "marker_queue",
  account: "marker_account",
  qos: "marker_qos",
  reservation: "marker_reservation",
  array: { indices: "3-7", maxRunning: 2 },
  dependencies: [{ condition: "failed", jobId: "4711" }],
  beginAt: new Date("2031-02-03T04:05:06Z"),
  hold: true,
  requeueable: true,
  priority: 37,
  notification: { events: ["started", "failed"], address: "marker@example.invalid" },
  attachments: [{ name: "marker.bin", source }],
  nativeOptions: ["-marker"],
};
const specs: readonly (readonly [field: string, spec: JobSpec, without: JobSpec])[] = [
  ...Object.entries(fields).map(([field, value]) => [field, { task, [field]: value }, { task }] as const),
  ...Object.entries(resourceFields).map(
    ([field, value]) => [`resources.${field}`, { task, resources: { [field]: value } }, { task }] as const,
  ),
];

/** By what a field without a marker is recognised in any of the three. */
const marks: Readonly<Record<string, RegExp>> = {
  array: /3-7\]%2|3,4,5,6,7/,
  dependencies: /exit\(4711\)|4711 has failed/,
  beginAt: /2031-02-03T04:05:06/,
  hold: /-H(?:<|$| )|held/,
  requeueable: /-r(?:<|$| )|once more/m,
  priority: /37/,
  "resources.nodes": /-n 2|2 of its cores/,
  "resources.tasksPerNode": /ptile=2|2 of its cores/,
  "resources.tasks": /-n 3|3 of its cores/,
  "resources.coresPerTask": /core\(2\)|2 of its cores/,
  "resources.gpusPerNode": /num=1/,
  "resources.memoryPerNodeBytes": /mem=118|123731968/,
  "resources.wallTimeSeconds": /7260s|-W 121|7260/,
  "resources.exclusive": /-x|8 of its cores/,
};

const sessions = new Map<string, Session>();
let folder: string;
let scarf: ScarfInABox;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "scarf-fields-"));
  const local = new LocalResource({ workspace: join(folder, "workspace"), slots: 8, idleSeconds: 0.2 });
  sessions.set("local", await local.logIn({ userName: "ada" }));
  scarf = await startScarf();
  sessions.set("pac to our gateway", await scarf.resource.logIn(scarf));
  // Nothing is sent by looking, so there need not be a server.
  const pac = new PacResource({ id: "SCARF@STFC", baseUrl: "http://127.0.0.1:9/platform/" });
  const saved = { resourceId: "SCARF@STFC", userName: "ada", savedAt: new Date().toISOString() };
  const state = { token: 'ada"2026-01-01T00:00:00Z"x"y', baseUrl: "http://127.0.0.1:9/platform/" };
  sessions.set("pac to LSF Application Center", pac.resume({ ...saved, state }));
});
afterAll(async () => {
  for (const session of sessions.values()) await session.resource.close();
  await scarf[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true, maxRetries: 10 });
});

/** Why it is refused, or what the field adds to what would be sent. */
async function whatBecomesOf(session: Session, spec: JobSpec, without: JobSpec): Promise<string> {
  const problems = await session.validate(spec);
  const refused = problems.filter(({ severity }) => severity === "refused").map(({ field }) => field);
  if (refused.length > 0) {
    const failure: unknown = await session
      .submit(spec, { submitKey: refused.join() })
      .catch((error: unknown) => error);
    return `refused ${refused.join()} by ${isScarfError(failure) ? failure.code : String(failure)}`;
  }
  const [said, plain] = [await session.explain(spec), await session.explain(without)];
  const lines = new Set(plain.split("\n"));
  return said
    .split("\n")
    .filter((line) => !lines.has(line))
    .join("\n");
}

describe.each(["local", "pac to our gateway", "pac to LSF Application Center"])("%s", (name) => {
  it.each(specs)("does not drop %s in silence", async (field, spec, without) => {
    const session = sessions.get(name);
    if (session === undefined) throw new Error("not opened");
    const sent = marks[field] ?? /marker/i;
    const refused = `^refused ${field}\\S* by (?:NOT_SUPPORTED|SPEC_REJECTED|SPEC_INVALID)$`;
    expect(await whatBecomesOf(session, spec, without)).toMatch(
      new RegExp(`${sent.source}|${refused}`, "mi"),
    );
  });
});

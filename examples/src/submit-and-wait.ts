// Submits one job, waits for its end, and fetches what it wrote. Any compute resource works the same way; this one is
// this machine, with its queue in a temporary directory.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bytesSource,
  downloadJobFiles,
  type JobSpec,
  LocalResource,
  submitOnce,
  waitForJob,
} from "scarf-tomo";

const directory = await mkdtemp(join(tmpdir(), "scarf-example-"));
const resource = new LocalResource({ workspace: join(directory, "workspace"), idleSeconds: 1 });
const session = await resource.logIn({ userName: "ada" });

const spec: JobSpec = {
  name: "count-words",
  // Each argument arrives unchanged, whatever characters it holds.
  task: { kind: "command", argv: ["wc", "-w", "my text.txt"] },
  attachments: [{ name: "my text.txt", source: bytesSource("one two three\n") }],
  outputPath: "%J.output",
  resources: { wallTimeSeconds: 60 },
};

// Nothing is sent yet: a bad spec is a list of problems, not an exception.
for (const { field, message, severity } of await session.validate(spec))
  console.log(`${severity}: ${field}: ${message}`);

const { jobId } = await submitOnce(session, spec);
const end = await waitForJob(session, jobId, {
  onChange: ({ phase }) => console.log(`job ${jobId} is ${phase}`),
});
if (end.ended !== "finished" || end.status.outcome !== "succeeded")
  throw new Error(`job ${jobId} did not succeed`);

const { files, failures } = await downloadJobFiles(session, jobId, { directory: join(directory, "results") });
for (const { name, error } of failures) console.log(`${name} could not be fetched: ${error.message}`);
for (const { name, path } of files.filter((file) => file.name.endsWith(".output")))
  console.log(`${name}: ${(await readFile(path, "utf8")).trim()}`);

await session.logOut();
await resource.close();
// The engine ends by itself and may still be writing its last file.
await rm(directory, { recursive: true, maxRetries: 20, retryDelay: 200 });

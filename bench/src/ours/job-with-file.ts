import { rename, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitForJob } from "scarf-tomo";
import { makeFiles } from "../harness/test-files.js";
import type { GatewayProcess } from "./gateway.js";

export interface JobWithFile {
  readonly id: string;
  readonly path: string;
}

/** A finished job on the gateway whose directory has one file, `given`. */
export async function makeJobWithFile(
  { session, userFolder }: Pick<GatewayProcess, "session" | "userFolder">,
  sizeBytes: number,
  { isSparse = false }: { readonly isSparse?: boolean } = {},
): Promise<JobWithFile> {
  const spec = { name: "giver", task: { kind: "command", argv: ["true"] } } as const;
  const id = await session.submit(spec, { submitKey: "the job that has the file" });
  const { ended } = await waitForJob(session, id);
  const { workingDirectory } = await session.job(id);
  if (ended !== "finished" || workingDirectory === undefined)
    throw new Error(`job ${id} of the benchmark did not run: ${ended}`);
  const path = join(workingDirectory, "given");
  if (isSparse) {
    await writeFile(path, "");
    await truncate(path, sizeBytes);
  } else {
    const [made = ""] = await makeFiles(join(userFolder, "made"), 1, sizeBytes);
    await rename(made, path);
  }
  return { id, path };
}

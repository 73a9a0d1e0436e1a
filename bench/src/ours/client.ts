import { fileURLToPath } from "node:url";
import * as z from "zod/mini";
import { runProcess } from "../harness/run-process.js";

const main = fileURLToPath(new URL("./client-main.js", import.meta.url));

const place = { baseUrl: z.string() };

/** What a client process is told to do. */
export const clientOrder = z.discriminatedUnion("do", [
  z.object({
    ...place,
    do: z.literal("send"),
    files: z.readonly(z.array(z.string())),
    directory: z.string(),
    /** Compute SHA-256 on the way and compare it with what the other side tells. */
    verify: z.boolean(),
  }),
  z.object({ ...place, do: z.literal("receive"), jobId: z.string(), path: z.string(), target: z.string() }),
  /** Read to the end, and dropped: for more bytes than the disk can take. */
  z.object({ ...place, do: z.literal("drop"), jobId: z.string(), path: z.string() }),
]);
export type ClientOrder = z.infer<typeof clientOrder>;

/** From after the log-in to the end of the last file; the peak is that of the whole process. */
const clientReport = z.object({ seconds: z.number(), cpuSeconds: z.number(), peakBytes: z.number() });
export type ClientReport = z.infer<typeof clientReport>;

/** Moves files with the library in a process of its own. */
export async function runClient(order: ClientOrder): Promise<ClientReport> {
  const { output } = await runProcess(process.execPath, [main, JSON.stringify(order)]);
  return clientReport.parse(JSON.parse(output));
}

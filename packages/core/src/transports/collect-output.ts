import { SchedulerError } from "../errors/index.js";
import type { CommandOutput, CommandStream } from "./command-transport.js";

/** @throws {SchedulerError} `OUTPUT_UNREADABLE`: it is more than that; the program is stopped. */
export async function collectOutput(
  { stdout, ended }: CommandStream,
  what: string,
  maxOutputBytes = 64 * 1024 * 1024,
): Promise<CommandOutput> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stdout) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxOutputBytes)
      throw new SchedulerError("OUTPUT_UNREADABLE", `${what} wrote more than ${maxOutputBytes} bytes.`, {
        hint: "Ask for less at once.",
        context: { maxOutputBytes },
      });
    chunks.push(chunk);
  }
  const end = await ended;
  return { ...end, stdout: Buffer.concat(chunks).toString("utf8") };
}

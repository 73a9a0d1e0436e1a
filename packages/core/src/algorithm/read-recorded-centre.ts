import { readFile } from "node:fs/promises";
import * as z from "zod/mini";
import type { FetchedFile, RotationCentre } from "./reconstruction-report.js";

/** What we read of the record that scarf-recon writes beside its slices (`recon.json`). */
const recordSchema = z.object({
  program: z.literal("scarf-recon"),
  centre: z.object({ pixels: z.number(), how: z.string() }),
});

const largestRecordBytes = 1_000_000;

/** The centre of rotation by the program's own record, which has all its digits; undefined if no such record came along. */
export async function readRecordedCentre(files: readonly FetchedFile[]): Promise<RotationCentre | undefined> {
  for (const { name, path, sizeBytes } of files) {
    if (!name.endsWith(".json") || sizeBytes > largestRecordBytes) continue;
    const record = recordSchema.safeParse(parseJson(await readFile(path, "utf8")));
    if (record.success) return record.data.centre;
  }
  return undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

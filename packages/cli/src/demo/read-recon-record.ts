import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** What the demo needs of `recon.json`, which the program writes beside its slices when they are complete. */
export interface ReconSummary {
  readonly centre: number | undefined;
  readonly slices: number;
  readonly firstSlice: string;
}

/**
 * Reads the record of a reconstruction.
 * @throws {TransferError} `TRANSFER_INCOMPLETE`: it is not there, so the slices are not known to be complete.
 */
export async function readReconRecord(directory: string): Promise<ReconSummary> {
  const path = join(directory, "recon.json");
  try {
    const record: unknown = JSON.parse(await readFile(path, "utf8"));
    const slices = get(record, "output", "slices");
    const centre = get(record, "centre", "pixels");
    const firstSlice = get(record, "output", "first");
    if (typeof slices !== "number" || typeof firstSlice !== "string") throw new TypeError("no slices in it");
    return { slices, firstSlice, centre: typeof centre === "number" ? centre : undefined };
  } catch (cause) {
    const { TransferError } = await import("scarf-tomo");
    throw new TransferError(
      "TRANSFER_INCOMPLETE",
      `The record of the reconstruction, ${path}, did not come or can't be read.`,
      {
        hint: "Without it nobody knows whether the slices are complete. Fetch the job's files again.",
        cause,
      },
    );
  }
}

function get(value: unknown, ...names: readonly string[]): unknown {
  let found = value;
  for (const name of names)
    found = found instanceof Object ? Object.entries(found).find(([key]) => key === name)?.[1] : undefined;
  return found;
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * How many slices the program wrote, by `recon.json`, which it writes beside them when they are complete.
 * @throws {TransferError} `TRANSFER_INCOMPLETE`: without it nobody knows whether all slices are there.
 */
export async function readSliceCount(directory: string): Promise<number> {
  const path = join(directory, "recon.json");
  try {
    const record: unknown = JSON.parse(await readFile(path, "utf8"));
    const output: unknown = record instanceof Object && "output" in record ? record.output : undefined;
    const slices: unknown = output instanceof Object && "slices" in output ? output.slices : undefined;
    if (typeof slices !== "number") throw new TypeError("no number of slices in it");
    return slices;
  } catch (cause) {
    const { TransferError } = await import("scarf-tomo");
    throw new TransferError(
      "TRANSFER_INCOMPLETE",
      `The record of the reconstruction, ${path}, did not come or can't be read.`,
      { hint: "Without it nobody knows whether the slices are complete. Try again.", cause },
    );
  }
}

import type { Bench } from "../harness/bench.js";
import { makeFiles, mebibyte } from "../harness/test-files.js";

/** What one run of a transfer moves: 2 GiB as 8 files over one connection, as in the measurements that set the goals. */
export async function makeTransferFiles(bench: Bench): Promise<TransferFiles> {
  const count = bench.isQuick ? 2 : 8;
  return {
    paths: await makeFiles(bench.path("sent"), count, 256 * mebibyte),
    megabytes: (count * 256 * mebibyte) / 1e6,
  };
}

export interface TransferFiles {
  readonly paths: readonly string[];
  /** Of all together. */
  readonly megabytes: number;
}

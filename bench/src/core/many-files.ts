import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { makeFiles, mebibyte } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { startGatewayProcess } from "../ours/gateway.js";

/** The same bytes once as files of 1 MiB and once as one file, both from our client to our gateway. */
export const manyFiles: Benchmark = {
  name: "many-files",
  async measure(bench: Bench) {
    const count = bench.isQuick ? 500 : 2000;
    const megabytes = (count * mebibyte) / 1e6;
    const small = await makeFiles(bench.path("small"), count, mebibyte);
    const large = await makeFiles(bench.path("large"), 1, count * mebibyte);
    const { account, userFolder } = bench.use(await startGatewayProcess(bench.path("gateway")));
    const send = async (files: readonly string[]): Promise<number> => {
      const directory = "received";
      const { seconds } = await runClient({ ...account, do: "send", files, directory, verify: true });
      await rm(join(userFolder, directory), { recursive: true, force: true });
      return megabytes / seconds;
    };
    const measured = await compare({ ours: () => send(small), against: () => send(large) }, bench.runs);
    return [
      makeFigure({
        name: `${count} files of 1 MiB, client to gateway`,
        peer: "one file of the same size",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 0.6 },
        ...measured,
      }),
    ];
  },
};

import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { makeFiles, mebibyte } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { startGatewayProcess } from "../ours/gateway.js";
import { httplib2Upload } from "../peers/httplib2.js";

/** The same upload as the clients in Python do it, which hold the whole file in memory. */
export const besideHttplib2: Benchmark = {
  name: "beside-httplib2",
  async measure(bench: Bench) {
    const sizeBytes = 256 * mebibyte;
    const [file = ""] = await makeFiles(bench.path("sent"), 1, sizeBytes);
    const { account, cookie } = bench.use(await startGatewayProcess(bench.path("gateway")));
    const peaks = { ours: [] as number[], against: [] as number[] };
    const measured = await compare(
      {
        ours: async () => {
          const order = { ...account, do: "send", files: [file], directory: ".", verify: true } as const;
          const { seconds, peakBytes } = await runClient(order);
          peaks.ours.push(peakBytes / 1e6);
          return sizeBytes / 1e6 / seconds;
        },
        against: async () => {
          const { seconds, peakBytes } = await httplib2Upload(file, { ...account, cookie, directory: "." });
          peaks.against.push(peakBytes / 1e6);
          return sizeBytes / 1e6 / seconds;
        },
      },
      bench.runs,
    );
    const common = { peer: "Python's httplib2 to the same gateway, without a checksum" };
    return [
      makeFigure({ name: "upload of 256 MiB with SHA-256", unit: "MB/s", ...common, ...measured }),
      makeFigure({
        name: "upload of 256 MiB with SHA-256, the client's memory",
        unit: "MB",
        smallerIsBetter: true,
        ...common,
        ...peaks,
      }),
    ];
  },
};

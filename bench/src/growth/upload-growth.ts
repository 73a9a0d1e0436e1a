import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { type Figure, makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { makeSparseFile } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { startGatewayProcess } from "../ours/gateway.js";
import { curlUpload } from "../peers/curl.js";

/** How the time of an upload grows with its size. What is sent is sparse; what has arrived is removed before the next is sent. */
export const uploadGrowth: Benchmark = {
  name: "upload-growth",
  async measure(bench: Bench) {
    requirePrograms("curl");
    const gateway = bench.use(await startGatewayProcess(bench.path("gateway")));
    const to = { ...gateway.account, cookie: gateway.cookie, directory: "." };
    const figures: Figure[] = [];
    for (const megabytes of bench.isQuick ? [1, 16, 256] : [1, 16, 256, 2000, 8000]) {
      const file = await makeSparseFile(bench.path(`${megabytes}-MB`), megabytes * 1e6);
      const forget = (): Promise<void> => rm(join(gateway.userFolder, `${megabytes}-MB`));
      const order = { ...gateway.account, do: "send", files: [file], directory: ".", verify: true } as const;
      const measured = await compare(
        {
          ours: async () => {
            const { seconds } = await runClient(order);
            await forget();
            return seconds * 1000;
          },
          against: async () => {
            const seconds = await curlUpload([file], to);
            await forget();
            return seconds * 1000;
          },
        },
        // One counted run of the large ones says enough: they average over themselves.
        megabytes > 1000 ? 1 : bench.runs,
      );
      const name = `upload of ${megabytes.toLocaleString("en")} MB`;
      const peer = "curl -F to the same gateway, without a checksum";
      figures.push(makeFigure({ name, peer, unit: "ms", smallerIsBetter: true, ...measured }));
    }
    return figures;
  },
};

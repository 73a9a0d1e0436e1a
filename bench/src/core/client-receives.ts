import { rename } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { makeFiles, mebibyte } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { curlGet } from "../peers/curl.js";
import { startNginx } from "../peers/nginx.js";

export const clientReceives: Benchmark = {
  name: "client-receives",
  async measure(bench: Bench) {
    requirePrograms("curl", "nginx");
    const sizeBytes = (bench.isQuick ? 512 : 2048) * mebibyte;
    const megabytes = sizeBytes / 1e6;
    const nginx = bench.use(await startNginx(bench.path("nginx")));
    const [made = ""] = await makeFiles(bench.path("given"), 1, sizeBytes);
    await rename(made, join(nginx.filesFolder, "given"));
    const target = bench.path("received");
    const order = { baseUrl: nginx.pacUrl, do: "receive", jobId: "1", path: "given", target } as const;
    const measured = await compare(
      {
        ours: async () => megabytes / (await runClient(order)).seconds,
        against: async () => megabytes / (await curlGet(`${nginx.filesUrl}given`, target, sizeBytes)),
      },
      bench.runs,
    );
    return [
      makeFigure({
        name: "client receives a file",
        peer: "curl -o from the same nginx",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 1 },
        ...measured,
      }),
    ];
  },
};

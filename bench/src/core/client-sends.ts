import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { runClient } from "../ours/client.js";
import { curlPut } from "../peers/curl.js";
import { startNginx } from "../peers/nginx.js";
import { makeTransferFiles } from "./transfer-files.js";

/** Ours sends multipart to an address where nginx stores the bodies, curl plain bodies to the same nginx. */
export const clientSends: Benchmark = {
  name: "client-sends",
  async measure(bench: Bench) {
    requirePrograms("curl", "nginx");
    const { paths, megabytes } = await makeTransferFiles(bench);
    const nginx = bench.use(await startNginx(bench.path("nginx")));
    const order = {
      baseUrl: nginx.pacUrl,
      do: "send",
      files: paths,
      directory: "/bench",
      verify: false,
    } as const;
    const measured = await compare(
      {
        ours: async () => megabytes / (await runClient(order)).seconds,
        against: async () => megabytes / (await curlPut(paths, nginx.filesUrl)),
      },
      bench.runs,
    );
    return [
      makeFigure({
        name: "client sends files",
        peer: "curl -T to the same nginx",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 0.9 },
        ...measured,
      }),
    ];
  },
};

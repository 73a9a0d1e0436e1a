import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { mebibyte } from "../harness/test-files.js";
import { startGatewayProcess } from "../ours/gateway.js";
import { makeJobWithFile } from "../ours/job-with-file.js";
import { curlGet } from "../peers/curl.js";
import { startNginx } from "../peers/nginx.js";

export const gatewaySends: Benchmark = {
  name: "gateway-sends",
  async measure(bench: Bench) {
    requirePrograms("curl", "nginx");
    const sizeBytes = (bench.isQuick ? 512 : 2048) * mebibyte;
    const megabytes = sizeBytes / 1e6;
    const nginx = bench.use(await startNginx(bench.path("nginx")));
    const gateway = bench.use(await startGatewayProcess(bench.path("gateway")));
    const { id, path } = await makeJobWithFile(gateway, sizeBytes);
    await copyFile(path, join(nginx.filesFolder, "given"));
    const url = `${gateway.account.baseUrl}webservice/pacclient/file/${id}`;
    // As pac asks: a GET whose body names the file.
    const asked = [
      "-X",
      "GET",
      "-b",
      gateway.cookie,
      "-H",
      "Content-Type: text/plain",
      "--data-binary",
      "given",
    ];
    const measured = await compare(
      {
        ours: async () => megabytes / (await curlGet(url, "/dev/null", sizeBytes, asked)),
        against: async () => megabytes / (await curlGet(`${nginx.filesUrl}given`, "/dev/null", sizeBytes)),
      },
      bench.runs,
    );
    return [
      makeFigure({
        name: "gateway sends a file",
        peer: "nginx with sendfile, curl receiving both",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 0.65 },
        ...measured,
      }),
    ];
  },
};

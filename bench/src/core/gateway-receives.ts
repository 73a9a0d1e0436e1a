import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { startGatewayProcess } from "../ours/gateway.js";
import { curlPut, curlUpload } from "../peers/curl.js";
import { startNginx } from "../peers/nginx.js";
import { makeTransferFiles } from "./transfer-files.js";

/**
 * The gateway takes the form of SCARF's web service and has each file on the disk before it answers. SHA-256 it computes for clients that
 * compare it, which curl does not. There is no row for a plain body: neither web service that it offers has an address for one.
 */
export const gatewayReceives: Benchmark = {
  name: "gateway-receives",
  async measure(bench: Bench) {
    requirePrograms("curl", "nginx");
    const { paths, megabytes } = await makeTransferFiles(bench);
    const nginx = bench.use(await startNginx(bench.path("nginx")));
    const { account, cookie } = bench.use(await startGatewayProcess(bench.path("gateway")));
    const to = { ...account, cookie, directory: "." };
    const measured = await compare(
      {
        ours: async () => megabytes / (await curlUpload(paths, to)),
        against: async () => megabytes / (await curlPut(paths, nginx.filesUrl)),
      },
      bench.runs,
    );
    return [
      makeFigure({
        name: "gateway receives multipart",
        peer: "nginx DAV PUT of the same files, curl sending both",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 0.55 },
        ...measured,
      }),
    ];
  },
};

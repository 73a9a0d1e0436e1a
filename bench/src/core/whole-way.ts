import type { Bench, Benchmark } from "../harness/bench.js";
import { compare } from "../harness/compare.js";
import { makeFigure } from "../harness/figure.js";
import { requirePrograms } from "../harness/programs.js";
import { runProcess } from "../harness/run-process.js";
import { makeFiles, mebibyte } from "../harness/test-files.js";
import { runClient } from "../ours/client.js";
import { startGatewayProcess } from "../ours/gateway.js";

/** One file from a client to the gateway's disk, SHA-256 computed on both sides and compared. */
export const wholeWay: Benchmark = {
  name: "whole-way",
  async measure(bench: Bench) {
    requirePrograms("cp", "sha256sum");
    const sizeBytes = (bench.isQuick ? 512 : 2048) * mebibyte;
    const megabytes = sizeBytes / 1e6;
    const [file = ""] = await makeFiles(bench.path("sent"), 1, sizeBytes);
    const { account } = bench.use(await startGatewayProcess(bench.path("gateway")));
    const order = { ...account, do: "send", files: [file], directory: ".", verify: true } as const;
    const copy = bench.path("copy");
    const measured = await compare(
      {
        ours: async () => megabytes / (await runClient(order)).seconds,
        against: async () => {
          const copied = await runProcess("cp", [file, copy]);
          const checked = await runProcess("sha256sum", [copy]);
          return megabytes / (copied.seconds + checked.seconds);
        },
      },
      bench.runs,
    );
    return [
      makeFigure({
        name: "whole way with SHA-256",
        peer: "cp, then sha256sum",
        unit: "MB/s",
        goal: { kind: "at-least", ratio: 0.5 },
        ...measured,
      }),
    ];
  },
};

import { clientReceives } from "./core/client-receives.js";
import { clientSends } from "./core/client-sends.js";
import { connections } from "./core/connections.js";
import { crowd } from "./core/crowd.js";
import { gatewayReceives } from "./core/gateway-receives.js";
import { gatewaySends } from "./core/gateway-sends.js";
import { listOfJobs } from "./core/list-of-jobs.js";
import { manyFiles } from "./core/many-files.js";
import { startTime } from "./core/start-time.js";
import { transferMemory } from "./core/transfer-memory.js";
import { watchers } from "./core/watchers.js";
import { wholeWay } from "./core/whole-way.js";
import { besideHttplib2 } from "./core/beside-httplib2.js";
import { backProjection } from "./recon/back-projection.js";
import { gridrec } from "./recon/gridrec.js";
import { stages } from "./recon/stages.js";
import { listGrowth } from "./growth/list-growth.js";
import { uploadGrowth } from "./growth/upload-growth.js";
import type { Benchmark } from "./harness/bench.js";
import type { Plot } from "./harness/render-plot.js";

export interface Suite {
  /** Of its results file, and of its part of the page on the command line. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly benchmarks: readonly Benchmark[];
  readonly plots: readonly Plot[];
}

export const suites: readonly Suite[] = [
  {
    name: "core",
    title: "Transfers and control plane",
    about:
      "Client and gateway beside the native programs that do the same. Uploads travel as multipart, as SCARF's web service has it; the native programs send plain bodies, for which neither web service that the gateway offers has an address. The gateway is `scarf serve`, without flags for Node.",
    benchmarks: [
      clientSends,
      gatewayReceives,
      clientReceives,
      gatewaySends,
      wholeWay,
      manyFiles,
      besideHttplib2,
      transferMemory,
      listOfJobs,
      startTime,
      connections,
      watchers,
      crowd,
    ],
    plots: [],
  },
  {
    name: "recon",
    title: "Reconstruction",
    about:
      "Processor time of one slice on one thread, with everything from attenuation to the picture, eight slices of one scan at a time: width² / angles. Ours beside other programs, and beside our own code in plain TypeScript.",
    benchmarks: [gridrec, backProjection, stages],
    plots: [],
  },
  {
    name: "growth",
    title: "Growth",
    about: "How time grows with the number of jobs and with the size of a file, on logarithmic axes.",
    benchmarks: [listGrowth, uploadGrowth],
    plots: [
      { title: "Time to read a list of jobs", name: "list-growth", prefix: "list of ", xLabel: "jobs" },
      { title: "Time of an upload", name: "upload-growth", prefix: "upload of ", xLabel: "MB" },
    ],
  },
];

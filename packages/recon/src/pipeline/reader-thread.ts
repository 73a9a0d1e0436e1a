import { parentPort } from "node:worker_threads";
import type { Stage } from "../progress/progress-line.js";
import { ScanReader } from "./scan-reader.js";
import type { Preparation, ScanSummary } from "./scan-reader.js";
import type { ReconSettings } from "./settings.js";
import { serve } from "./thread-call.js";

/** The thread that reads. One of its own, because HDF5's library and decoders block while they work. */
export interface ReaderProtocol {
  open: { request: ReconSettings; response: ScanSummary };
  prepare: { request: { firstRow: number; lastRow: number }; response: Preparation };
  read: {
    request: { firstRow: number; lastRow: number; buffer: SharedArrayBuffer };
    response: { replaced: number };
  };
  describe: { request: { frame: number }; response: string };
  close: { request: null; response: null };
}

export interface ReaderEvent {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
}

if (parentPort !== null) {
  const port = parentPort;
  let current: ScanReader | null = null;
  const reader = (): ScanReader => {
    if (current === null) throw new Error("No scan has been opened.");
    return current;
  };
  serve<ReaderProtocol>(port, {
    open: async (settings) => {
      current = new ScanReader(settings, (stage, done, total) =>
        port.postMessage({ event: { stage, done, total } satisfies ReaderEvent }),
      );
      return { result: await current.open() };
    },
    prepare: async ({ firstRow, lastRow }) => ({ result: await reader().prepare(firstRow, lastRow) }),
    read: async ({ firstRow, lastRow, buffer }) => ({
      result: await reader().read(firstRow, lastRow, buffer),
    }),
    describe: async ({ frame }) => ({ result: reader().describe(frame) }),
    close: async () => {
      reader().close();
      return { result: null };
    },
  });
}

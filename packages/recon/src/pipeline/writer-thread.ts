import { parentPort } from "node:worker_threads";
import { Hdf5Writer } from "../output/hdf5-writer.js";
import type { VolumeDescription } from "../output/hdf5-writer.js";
import type { SliceSamples } from "../output/tiff-writer.js";
import { serve } from "./thread-call.js";

/** The thread that writes one HDF5 file; slices may come in any order. */
export interface WriterProtocol {
  create: { request: { path: string; volume: VolumeDescription }; response: null };
  write: { request: { index: number; slice: SliceSamples }; response: null };
  finish: { request: { summary: string }; response: null };
}

if (parentPort !== null) {
  let writer: Hdf5Writer | null = null;
  serve<WriterProtocol>(parentPort, {
    create: async ({ path, volume }) => {
      writer = await Hdf5Writer.create(path, volume);
      return { result: null };
    },
    write: async ({ index, slice }) => {
      writer?.write(index, slice);
      return { result: null };
    },
    finish: async ({ summary }) => {
      writer?.finish(summary);
      return { result: null };
    },
  });
}

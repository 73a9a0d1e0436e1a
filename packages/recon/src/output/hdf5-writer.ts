import { renameSync, rmSync } from "node:fs";
import type { Dataset, File as H5File, Group } from "h5wasm/node";
import { outputError } from "../errors/recon-error.js";
import { loadHdf5 } from "../scan/hdf5-file.js";
import { partialName } from "./partial-file.js";
import type { SliceSamples } from "./tiff-writer.js";

export interface VolumeDescription {
  readonly rows: number;
  readonly firstRow: number;
  readonly size: number;
  readonly sampleType: "float32" | "uint16";
  readonly unit: string;
  /** Everything that was chosen and found, as JSON. */
  readonly parameters: string;
  readonly version: string;
  readonly inputPath: string;
  readonly date: string;
}

/**
 * Writes slices into one HDF5 file, `/entry/data/data [z, y, x]`, laid out as NXtomoproc with the program and its parameters in
 * `/entry/reconstruction`. The file appears under its name when {@link finish} is called.
 */
export class Hdf5Writer {
  readonly #path: string;
  readonly #file: H5File;
  readonly #data: Dataset;

  private constructor(path: string, file: H5File, data: Dataset) {
    this.#path = path;
    this.#file = file;
    this.#data = data;
  }

  /** @throws {ReconError} `OUTPUT_UNWRITABLE`. */
  static async create(path: string, volume: VolumeDescription): Promise<Hdf5Writer> {
    const { File } = await loadHdf5();
    try {
      const file = new File(partialName(path), "w");
      return new Hdf5Writer(path, file, describe(file, volume));
    } catch (error) {
      rmSync(partialName(path), { force: true });
      throw outputError(path, error);
    }
  }

  /** Puts a slice at its place; `index` counts from the first row of the volume. */
  write(index: number, slice: SliceSamples): void {
    try {
      this.#data.write_slice([[index, index + 1], [], []], slice);
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }

  /** Adds what is known only at the end, closes the file and gives it its name. */
  finish(summary: string): void {
    try {
      this.#file.create_dataset({ name: "entry/reconstruction/summary", data: summary });
      this.#file.close();
      renameSync(partialName(this.#path), this.#path);
    } catch (error) {
      throw outputError(this.#path, error);
    }
  }
}

function describe(file: H5File, volume: VolumeDescription): Dataset {
  const { rows, size, sampleType, firstRow } = volume;
  const group = (parent: Group, name: string, type: string): Group => {
    const created = parent.create_group(name);
    created.create_attribute("NX_class", type);
    return created;
  };
  const entry = group(file, "entry", "NXentry");
  entry.create_dataset({ name: "definition", data: "NXtomoproc" });
  const process = group(entry, "reconstruction", "NXprocess");
  process.create_dataset({ name: "program", data: "scarf-recon" });
  process.create_dataset({ name: "version", data: volume.version });
  process.create_dataset({ name: "date", data: volume.date });
  const parameters = group(process, "parameters", "NXparameters");
  parameters.create_dataset({ name: "raw_file", data: volume.inputPath });
  parameters.create_dataset({ name: "json", data: volume.parameters });
  const data = group(entry, "data", "NXdata");
  data.create_attribute("signal", "data");
  data.create_attribute("axes", ["z", "y", "x"]);
  const axis = (from: number, count: number): Float64Array =>
    Float64Array.from({ length: count }, (_, i) => from + i);
  data.create_dataset({ name: "z", data: axis(firstRow, rows) });
  data.create_dataset({ name: "y", data: axis(0, size).map((row) => (size - 1) / 2 - row) });
  data.create_dataset({ name: "x", data: axis(0, size).map((column) => column - (size - 1) / 2) });
  const slice = sampleType === "float32" ? new Float32Array(size * size) : new Uint16Array(size * size);
  const values = data.create_dataset({
    name: "data",
    data: slice,
    shape: [1, size, size],
    maxshape: [null, size, size],
    chunks: [1, size, size],
  });
  values.create_attribute("units", volume.unit);
  values.create_attribute("interpretation", "image");
  values.resize([rows, size, size]);
  return values;
}

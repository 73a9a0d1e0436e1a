import { renameSync, rmSync } from "node:fs";
import type { Dataset, Group } from "h5wasm/node";
import { outputError } from "../errors/recon-error.js";
import { partialName } from "../output/partial-file.js";
import { loadHdf5 } from "../scan/hdf5-file.js";
import { makePhantomScan } from "./phantom-scan.js";
import type { PhantomOptions, PhantomScan } from "./phantom-scan.js";

export interface WritePhantomOptions extends PhantomOptions {
  /** Layout of the file. @defaultValue "nxtomo" */
  readonly format?: "nxtomo" | "data-exchange";
  /** Compress each frame as a chunk of its own, as many beamlines do. @defaultValue false */
  readonly compressed?: boolean;
}

/**
 * Writes a scan of the phantom, uint16 counts with flats and darks. Appears under its name only when it is whole.
 *
 * @throws {ReconError} `OUTPUT_UNWRITABLE`.
 */
export async function writePhantomScan(
  path: string,
  options: WritePhantomOptions = {},
): Promise<PhantomScan> {
  const scan = makePhantomScan(options);
  const partial = partialName(path);
  const { File } = await loadHdf5();
  try {
    const file = new File(partial, "w");
    try {
      if (options.format === "data-exchange") writeDataExchange(file, scan, options.compressed ?? false);
      else writeNxtomo(file, scan, options.compressed ?? false);
    } finally {
      file.close();
    }
    renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    throw outputError(path, error);
  }
  return scan;
}

/** A dataset of frames that grows to its size, since h5wasm can only create one as large as the data it is given. */
function createFrames(
  group: Group,
  name: string,
  count: number,
  scan: PhantomScan,
  compressed: boolean,
): Dataset {
  const { rows, columns } = scan;
  const dataset = group.create_dataset({
    name,
    data: new Uint16Array(rows * columns),
    shape: [1, rows, columns],
    maxshape: [null, rows, columns],
    chunks: [1, rows, columns],
    ...(compressed ? { compression: 1 } : {}),
  });
  dataset.resize([count, rows, columns]);
  return dataset;
}

function writeNxtomo(file: Group, scan: PhantomScan, compressed: boolean): void {
  const { fieldFrames, anglesDegrees } = scan;
  const group = (parent: Group, name: string, type: string): Group => {
    const created = parent.create_group(name);
    created.create_attribute("NX_class", type);
    return created;
  };
  const tomo = group(group(file, "entry1", "NXentry"), "tomo_entry", "NXsubentry");
  tomo.create_dataset({ name: "definition", data: "NXtomo" });
  tomo.create_dataset({ name: "title", data: "analytic phantom of ellipsoids" });
  const instrument = group(tomo, "instrument", "NXinstrument");
  const detector = group(instrument, "detector", "NXdetector");
  const sample = group(tomo, "sample", "NXsample");
  sample.create_dataset({ name: "name", data: "phantom" });
  // Darks, flats, projections: as beamlines write them.
  const frames = [
    ...Array.from({ length: fieldFrames }, (_, i) => ({
      key: 2,
      angle: anglesDegrees[0] ?? 0,
      make: () => scan.dark(i),
    })),
    ...Array.from({ length: fieldFrames }, (_, i) => ({
      key: 1,
      angle: anglesDegrees[0] ?? 0,
      make: () => scan.flat(i),
    })),
    ...Array.from(anglesDegrees, (angle, i) => ({ key: 0, angle, make: () => scan.projection(i) })),
  ];
  const data = createFrames(detector, "data", frames.length, scan, compressed);
  for (const [i, frame] of frames.entries()) data.write_slice([[i, i + 1], [], []], frame.make());
  detector.create_dataset({ name: "image_key", data: Int32Array.from(frames, ({ key }) => key) });
  const angles = sample.create_dataset({
    name: "rotation_angle",
    data: Float64Array.from(frames, ({ angle }) => angle),
  });
  angles.create_attribute("units", "degrees");
  for (const name of ["x_pixel_size", "y_pixel_size"]) {
    const size = detector.create_dataset({ name, data: Float64Array.of(scan.pixelSizeMetres), shape: [] });
    size.create_attribute("units", "m");
  }
  const links = group(tomo, "data", "NXdata");
  links.create_attribute("signal", "data");
  links.create_hard_link("/entry1/tomo_entry/instrument/detector/data", "data");
  links.create_hard_link("/entry1/tomo_entry/instrument/detector/image_key", "image_key");
  links.create_hard_link("/entry1/tomo_entry/sample/rotation_angle", "rotation_angle");
}

function writeDataExchange(file: Group, scan: PhantomScan, compressed: boolean): void {
  file.create_dataset({ name: "implements", data: "exchange:measurement" });
  const exchange = file.create_group("exchange");
  const write = (name: string, count: number, make: (index: number) => Uint16Array): void => {
    const dataset = createFrames(exchange, name, count, scan, compressed);
    for (let i = 0; i < count; i++) dataset.write_slice([[i, i + 1], [], []], make(i));
  };
  write("data", scan.anglesDegrees.length, (index) => scan.projection(index));
  write("data_white", scan.fieldFrames, (index) => scan.flat(index));
  write("data_dark", scan.fieldFrames, (index) => scan.dark(index));
  const theta = exchange.create_dataset({ name: "theta", data: scan.anglesDegrees });
  theta.create_attribute("units", "degrees");
}

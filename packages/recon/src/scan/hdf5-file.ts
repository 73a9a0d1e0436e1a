import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type * as H5wasmModule from "h5wasm/node";
import type { Dataset, Entity, File as H5File, Group } from "h5wasm/node";
import { ReconError, getErrorText, inputError } from "../errors/recon-error.js";

type H5wasm = typeof H5wasmModule;

let loaded: Promise<H5wasm> | undefined;

/** Loads the HDF5 library once; 28 ms that a TIFF stack or `--help` need not pay. */
export function loadHdf5(): Promise<H5wasm> {
  loaded ??= (async () => {
    const h5wasm = await import("h5wasm/node");
    const module = await h5wasm.ready;
    // Without this h5wasm 0.10.3 prints to stderr and hands out garbage where a read fails.
    module.activate_throwing_error_handler();
    return h5wasm;
  })();
  return loaded;
}

const SIGNATURE = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Whether a file starts as HDF5 does: signature at 0, 512, 1024 or 2048 (a user block may come first). */
export function isHdf5(path: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch (error) {
    throw inputError(path, error);
  }
  try {
    const head = Buffer.alloc(8);
    return [0, 512, 1024, 2048].some(
      (offset) => readSync(descriptor, head, 0, 8, offset) === 8 && head.equals(SIGNATURE),
    );
  } catch (error) {
    throw inputError(path, error);
  } finally {
    closeSync(descriptor);
  }
}

/** An HDF5 file open for reading, with the files that its external links lead to. */
export class Hdf5Input {
  readonly path: string;
  readonly #library: H5wasm;
  readonly #files = new Map<string, H5File>();

  private constructor(path: string, library: H5wasm) {
    this.path = path;
    this.#library = library;
  }

  /**
   * @throws {ReconError} `INPUT_TRUNCATED` - shorter than it says itself; `INPUT_FORMAT` - not HDF5, or damaged.
   */
  static async open(path: string): Promise<Hdf5Input> {
    const input = new Hdf5Input(resolve(path), await loadHdf5());
    input.#file(input.path);
    return input;
  }

  get root(): Group {
    return this.#file(this.path);
  }

  /** The group or dataset at a path, through soft and external links; null where there is none. */
  get(path: string, from: Group = this.root, file: string = this.path): Dataset | Group | null {
    let current: Group = from;
    let currentFile = file;
    const parts = path.split("/").filter((part) => part !== "");
    for (const [index, part] of parts.entries()) {
      if (!current.keys().includes(part)) return null;
      const next = this.#follow(current, part, currentFile);
      if (next === null) return null;
      if (index === parts.length - 1) return next.entity;
      if (!isGroup(next.entity)) return null;
      current = next.entity;
      currentFile = next.file;
    }
    return current;
  }

  getDataset(path: string, from?: Group): Dataset | null {
    const entity = this.get(path, from);
    return entity !== null && isDataset(entity) ? entity : null;
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #follow(group: Group, name: string, file: string): { entity: Dataset | Group; file: string } | null {
    // h5wasm 0.10.3 follows external links by itself, but then fails to read texts and attributes of the other file.
    const link: Partial<ReturnType<Group["get_external_link"]>> = group.get_external_link(
      `${group.path}/${name}`,
    );
    if (link.filename !== undefined && link.obj_path !== undefined) {
      const target = resolve(dirname(file), link.filename);
      const found = this.get(link.obj_path, this.#file(target), target);
      return found === null ? null : { entity: found, file: target };
    }
    const entity = group.get(name);
    return entity !== null && (isDataset(entity) || isGroup(entity)) ? { entity, file } : null;
  }

  #file(path: string): H5File {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    try {
      const file = new this.#library.File(path, "r");
      this.#files.set(path, file);
      return file;
    } catch (error) {
      throw openError(path, error);
    }
  }
}

export function isDataset(entity: Entity | Dataset | Group): entity is Dataset {
  return "metadata" in entity && "slice" in entity;
}

export function isGroup(entity: Entity | Dataset | Group): entity is Group {
  return "keys" in entity && "create_group" in entity;
}

/** One or many strings or numbers of a small dataset. */
export function readScalar(dataset: Dataset | null): string | number | undefined {
  const value = dataset?.value;
  if (Array.isArray(value)) return toScalar(value[0]);
  if (ArrayBuffer.isView(value)) return toScalar(Array.from(value as Iterable<number | bigint>)[0]);
  return toScalar(value);
}

function toScalar(value: unknown): string | number | undefined {
  if (typeof value === "string" || typeof value === "number") return value;
  return typeof value === "bigint" ? Number(value) : undefined;
}

/** All numbers of a dataset of any numeric type. */
export function readNumbers(dataset: Dataset): Float64Array {
  const { value } = dataset;
  if (typeof value === "number" || typeof value === "bigint") return Float64Array.of(Number(value));
  if (ArrayBuffer.isView(value)) return Float64Array.from(value as Iterable<number | bigint>, Number);
  throw new ReconError(
    "INPUT_FORMAT",
    `The dataset ${dataset.path} does not hold numbers.`,
    "Check the file with: scarf-recon inspect FILE.",
  );
}

/** The text of an attribute, as `units`. */
export function readAttribute(entity: Dataset | Group, name: string): string | undefined {
  const value = entity.attrs[name]?.value;
  if (Array.isArray(value)) return typeof value[0] === "string" ? value[0] : undefined;
  return typeof value === "string" ? value : undefined;
}

/** What the library says about a file that is HDF5 but can't be made sense of; any other error as it is. */
export function damagedError(path: string, error: unknown): unknown {
  const text = getErrorText(error);
  if (error instanceof ReconError || !text.includes("HDF5-DIAG")) return error;
  return new ReconError(
    "INPUT_FORMAT",
    `${path} is HDF5 but damaged: ${firstReason(text)}.`,
    "Copy it again, and compare its checksum with that of the original.",
    { cause: error },
  );
}

function openError(path: string, error: unknown): ReconError {
  const text = getErrorText(error);
  const truncated = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(text);
  if (truncated !== null) {
    return new ReconError(
      "INPUT_TRUNCATED",
      `${path} is incomplete: it has ${truncated[1]} of ${truncated[2]} bytes.`,
      "The copy was cut off, or the scan is still being written. Copy it again and compare the sizes.",
      { cause: error },
    );
  }
  const size = fileSize(path);
  if (/No such file|errno = 44/.test(text) || size === null) {
    return new ReconError(
      "INPUT_MISSING",
      `${path} does not exist or can't be opened.`,
      "If another file links to it, copy both, keeping their places relative to each other.",
      { cause: error },
    );
  }
  if (size === 0) {
    return new ReconError("INPUT_TRUNCATED", `${path} is empty.`, "Copy it again.", { cause: error });
  }
  if (/Not an HDF5 file|signature not found/.test(text)) {
    return new ReconError(
      "INPUT_FORMAT",
      `${path} is not an HDF5 file.`,
      "scarf-recon reads NXtomo and Data Exchange (HDF5), and folders of TIFF or FITS images.",
      { cause: error },
    );
  }
  return new ReconError(
    "INPUT_FORMAT",
    `${path} is HDF5 but damaged: ${firstReason(text)}.`,
    "Copy it again, and compare its checksum with that of the original.",
    { cause: error },
  );
}

/** The innermost reason of an HDF5 error stack. */
export function firstReason(text: string): string {
  const reasons = [...text.matchAll(/line \d+ in \w+\(\): (.+)/g)].map((match) => match[1] ?? "");
  return (reasons.at(-1) ?? text.split("\n")[0] ?? "unknown").trim();
}

function fileSize(path: string): number | null {
  try {
    const descriptor = openSync(path, "r");
    try {
      return fstatSync(descriptor).size;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}

import type { RemoteFile } from "../../model/index.js";
import { isListedName } from "../file-name.js";
import { isJsonObject, parseJsonObject, textOf, textsOf } from "../json-object.js";
import { WireFormatError } from "../wire-format-error.js";

/** One entry of a `files` answer. */
export interface MantidFile {
  readonly name: string;
  readonly kind: "file" | "directory";
  /** Absent: the service tells names only. */
  readonly sizeBytes?: number;
  readonly readable: boolean;
}

/**
 * Files directly in a transaction's directory, or in one below it. `Files` has the names of plain files, as Mantid reads it;
 * `Scarf_Details` all entries, for our own client.
 */
export function renderMantidFiles(files: readonly RemoteFile[]): string {
  return JSON.stringify({
    Files: files.filter(({ kind }) => kind === "file").map(({ name }) => name),
    Scarf_Details: files.map(({ name, kind, sizeBytes, readable }) => ({
      Name: name,
      Kind: kind,
      Size: sizeBytes,
      Readable: readable,
    })),
  });
}

/** What can't be the name of a file is left out: whoever saves it must not be led elsewhere. @throws {WireFormatError} */
export function parseMantidFiles(text: string): readonly MantidFile[] {
  const answer = parseJsonObject(text);
  const details = answer["Scarf_Details"];
  const files = Array.isArray(details)
    ? details.flatMap((detail: unknown) => parseDetail(detail) ?? [])
    : namesOf(answer["Files"]).map((name): MantidFile => ({ name, kind: "file", readable: true }));
  return files.filter(({ name }) => isListedName(name));
}

function namesOf(value: unknown): readonly string[] {
  if (Array.isArray(value)) return textsOf(value);
  throw new WireFormatError("malformed", "It has no list of Files.");
}

function parseDetail(detail: unknown): MantidFile | undefined {
  if (!isJsonObject(detail)) return undefined;
  const name = textOf(detail["Name"]);
  const size = detail["Size"];
  if (name === undefined) return undefined;
  return {
    name,
    kind: detail["Kind"] === "directory" ? "directory" : "file",
    ...(typeof size === "number" && Number.isSafeInteger(size) && size >= 0 && { sizeBytes: size }),
    readable: detail["Readable"] !== false,
  };
}

import type { RemoteFile } from "../../model/index.js";

/** What the scripts print of files, without directories. What is neither file nor directory is left out. */
export function readFileRecords(text: string): readonly RemoteFile[] {
  return text.split("\0").flatMap((record) => {
    const [, readable, kind, size, time, name = ""] =
      /^([r-])(\w) (\d{1,16}) (-?\d{1,12})(?:\.\d+)? (.*)$/s.exec(record) ?? [];
    if (kind !== "f" && kind !== "d") return [];
    return [
      {
        path: name,
        name,
        kind: kind === "d" ? ("directory" as const) : ("file" as const),
        sizeBytes: kind === "d" ? 0 : Number(size),
        modifiedAt: new Date(Number(time) * 1_000),
        // A name of bytes that are no text can't be asked for, but it is there: whoever wants all must hear of it.
        readable: readable === "r" && !name.includes("\uFFFD"),
      },
    ];
  });
}

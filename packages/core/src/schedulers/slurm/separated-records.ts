/**
 * Records of named columns, as `squeue -O` (each column ends with the separator) and `sacct -P` (it stands between columns) print
 * them. Names and comments may hold any character, line feeds included; so the separator is one that nobody can know before, and a
 * record ends with its last column, not with its line.
 * @throws {RangeError} the text does not have that form.
 */
export function readSeparatedRecords<Column extends string>(
  text: string,
  columns: readonly Column[],
  { separator, atEnd }: { readonly separator: string; readonly atEnd: boolean },
): readonly Readonly<Record<Column, string>>[] {
  const records = atEnd
    ? splitEnded(text, columns.length, separator)
    : splitPlain(text, columns.length, separator);
  return records.map((fields) => {
    const entries = columns.map((column, index) => [column, fields[index] ?? ""] as const);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one entry for each column
    return Object.fromEntries(entries) as Readonly<Record<Column, string>>;
  });
}

function splitEnded(text: string, count: number, separator: string): readonly (readonly string[])[] {
  const fields = text.split(separator);
  const rest = fields.pop() ?? "";
  if (rest.trim() !== "" || fields.length % count !== 0) throw malformed(fields.length, count);
  const records: string[][] = [];
  for (let at = 0; at < fields.length; at += count) {
    const [first = "", ...others] = fields.slice(at, at + count);
    records.push([afterLine(first), ...others]);
  }
  return records;
}

/** The last column of a record and the first of the next come as one piece: the last line feed parts them, as no id holds one. */
function splitPlain(text: string, count: number, separator: string): readonly (readonly string[])[] {
  if (text.trim() === "") return [];
  const pieces = text.replace(/\n$/, "").split(separator);
  if (count < 2 || (pieces.length - 1) % (count - 1) !== 0) throw malformed(pieces.length, count);
  const records: string[][] = [];
  let first = afterLine(pieces[0] ?? "");
  for (let at = 1; at < pieces.length; at += count - 1) {
    const fields = pieces.slice(at, at + count - 1);
    const last = fields.pop() ?? "";
    const isEnd = at + count - 1 >= pieces.length;
    const line = isEnd ? last.length : last.lastIndexOf("\n");
    if (line < 0) throw malformed(pieces.length, count);
    records.push([first, ...fields, last.slice(0, line)]);
    first = last.slice(line + 1);
  }
  return records;
}

/** Banners of a log-in may stand before the first record. */
function afterLine(text: string): string {
  return text.slice(text.lastIndexOf("\n") + 1);
}

function malformed(found: number, count: number): RangeError {
  return new RangeError(`${found} fields are no records of ${count}`);
}

/** How a file of a form gets into the job: sent along, copied or linked by the cluster, or used where it lies. */
export type FileMode = "upload" | "copy" | "link" | "path";

/** One file that a form names. */
export interface FileValue {
  /** For `upload` a plain name, else a path on the cluster. */
  readonly path: string;
  readonly mode: FileMode;
}

/**
 * Reads the value of a form's file field: `name,upload`, `/path,copy`, `/path,link`, `/path,path`, several joined
 * with `;` (pac's grammar). A value without such an ending is the path itself. A `;` or `,` inside a path is kept:
 * entries are told apart by their endings, not by the characters.
 */
export function parseFileValues(text: string): readonly FileValue[] {
  const values: FileValue[] = [];
  let rest = text;
  for (;;) {
    const entry = /^(.+?),\s*(upload|copy|link|path)\s*(?:;|$)/is.exec(rest);
    if (entry === null) break;
    const [whole, path = "", mode = ""] = entry;
    values.push({ path: path.trim(), mode: fileMode(mode) });
    rest = rest.slice(whole.length);
  }
  if (rest.trim() !== "") values.push({ path: rest.trim(), mode: "path" });
  return values;
}

/** Whether a value names files by that grammar: then its form field is of type `file`. */
export function isFileValue(text: string): boolean {
  return /.,\s*(?:upload|copy|link|path)\s*$/i.test(text);
}

/** Writes what `parseFileValues` reads. */
export function renderFileValues(values: readonly FileValue[]): string {
  return values.map(({ path, mode }) => `${path},${mode}`).join(";");
}

function fileMode(word: string): FileMode {
  const lower = word.toLowerCase();
  return lower === "upload" || lower === "copy" || lower === "link" ? lower : "path";
}

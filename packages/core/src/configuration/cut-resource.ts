import { parse } from "smol-toml";
import { type TomlPath, type TomlPosition, TomlPositions } from "./toml-positions.js";

/**
 * The text of a configuration file without `resources.ID`, in whichever form it stands there: as tables with their keys,
 * as dotted keys, or as a key with an inline table. Comments outside of it stay, those directly above it too: nobody but
 * their author knows what they are about.
 */
export function cutResource(text: string, id: string): string {
  const positions = new TomlPositions(text);
  const headers: TomlPosition[] = [];
  const doomed: TomlPosition[] = [];
  walk(parse(text), [], (path) => {
    const position = positions.get(path);
    if (position === undefined || position.kind === "element") return;
    if (position.kind === "header") headers.push(position);
    if (path[0] === "resources" && path[1] === id) doomed.push(position);
  });
  const pieces = doomed.map(({ kind, start, end }) => {
    if (kind !== "header") return { begin: lineStart(text, start), finish: nextLine(text, end) };
    const nextHeader = Math.min(
      ...headers.filter((header) => header.start > start).map((header) => header.start),
    );
    const inside = doomed.filter((key) => key.kind === "key" && key.start > start && key.start < nextHeader);
    return {
      begin: lineStart(text, start),
      finish: nextLine(text, Math.max(end, ...inside.map((key) => key.end))),
    };
  });
  let rest = "";
  let offset = 0;
  for (const { begin, finish } of pieces.sort((a, b) => a.begin - b.begin)) {
    if (begin > offset) rest += text.slice(offset, begin);
    offset = Math.max(offset, finish);
  }
  return rest + text.slice(offset);
}

function walk(value: unknown, path: TomlPath, visit: (path: TomlPath) => void): void {
  if (path.length > 0) visit(path);
  if (typeof value !== "object" || value === null || value instanceof Date) return;
  if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, [...path, index], visit);
  else for (const [key, item] of Object.entries(value)) walk(item, [...path, key], visit);
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end + 1;
}

import type { AlgorithmProperty } from "scarf-tomo";
import type { AlgorithmDialog } from "./algorithm-dialog.js";
import { renderSafeLine } from "../terminal/safe-text.js";
import { renderTable } from "../terminal/table.js";

type Outputs = Readonly<Record<string, unknown>>;

/** Parallel lists as one table, single values as lines `Name: value`. Ends without a line end. */
export async function renderOutputs(outputs: Outputs, columns: number | undefined): Promise<string> {
  const lists = Object.entries(outputs).filter((entry): entry is [string, string[]] =>
    Array.isArray(entry[1]),
  );
  const lines = Object.entries(outputs)
    .filter(([, value]) => !Array.isArray(value))
    .map(([name, value]) => `${name}: ${renderSafeLine(String(value))}`);
  const [first] = lists;
  if (first) {
    const rows = first[1].map((_, index) => lists.map(([, values]) => values[index] ?? ""));
    const head = lists.map(([heading], index) => ({ heading, whole: index === 0 }));
    lines.push(await renderTable(head, rows, columns));
  }
  return lines.join("\n");
}

/** The algorithm's own help: each action with the properties that belong to it. */
export function renderAlgorithmHelp(algorithm: AlgorithmDialog): string {
  const { name, documentation, actions, properties } = algorithm;
  const usage = `Usage: scarf run ${name}${actions === undefined ? "" : " --Action=ACTION"} [--Property=VALUE...]`;
  const head = [usage, "", ...wrap(documentation, 0, 0), ""];
  if (actions === undefined) {
    return [
      ...head,
      ...properties.flatMap((one) => renderProperty(one, algorithm.isNeeded(one, undefined))),
    ].join("\n");
  }
  const always = properties.filter(({ visibleWhen, direction }) => direction === "input" && !visibleWhen);
  const lines = [...head, "For every action:", ...always.flatMap((one) => renderProperty(one, false))];
  for (const [action, { documentation: text }] of Object.entries(actions)) {
    lines.push("", `--Action=${action}`, ...wrap(text, 2, 2));
    for (const property of properties)
      if (property.visibleWhen?.includes(action))
        lines.push(...renderProperty(property, algorithm.isNeeded(property, action)));
  }
  return lines.join("\n");
}

/** All algorithms with what they do. */
export async function renderAlgorithms(
  algorithms: readonly { readonly name: string; readonly documentation: string }[],
  columns: number | undefined,
): Promise<string> {
  const rows = algorithms.map(({ name, documentation }) => [name, documentation]);
  return renderTable([{ heading: "Algorithm", whole: true }, { heading: "What it does" }], rows, columns);
}

function renderProperty(property: AlgorithmProperty, needed: boolean): string[] {
  if (property.direction === "output") return wrap(`gives ${property.name}: ${property.documentation}`, 4);
  if (property.masked === true) return wrap(`${property.name}: asked for, or read with --password-stdin`, 4);
  const standard = property.default === "" ? "" : ` (default: ${String(property.default)})`;
  return wrap(`--${property.name}=…${needed ? " (needed)" : ""} ${property.documentation}${standard}`, 4);
}

const widestLine = 80;

function wrap(text: string, indent: number, hanging = indent + 2): string[] {
  const lines: string[] = [];
  let line = " ".repeat(indent);
  for (const word of text.split(" ")) {
    if (line.trim() !== "" && line.length + word.length + 1 > widestLine) {
      lines.push(line);
      line = " ".repeat(hanging);
    }
    line += line.trim() === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

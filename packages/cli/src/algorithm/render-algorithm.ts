import type { AlgorithmProperty } from "scarf-tomo";
import type { AlgorithmDialog } from "./ask-for-properties.js";
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
export function renderAlgorithmHelp(name: string, documentation: string, algorithm: AlgorithmDialog): string {
  const always = algorithm.properties.filter(
    ({ visibleWhen, direction }) => direction === "input" && !visibleWhen,
  );
  const lines = [
    `Usage: scarf run ${name} --Action=ACTION [--Property=VALUE...]`,
    "",
    ...wrap(documentation, 0, 0),
    "",
  ];
  lines.push("For every action:", ...always.flatMap(renderProperty));
  for (const [action, { documentation: text, needs }] of Object.entries(algorithm.actions)) {
    lines.push("", `--Action=${action}`, ...wrap(text, 2, 2));
    for (const property of algorithm.properties) {
      if (!property.visibleWhen?.includes(action)) continue;
      if (property.direction === "output")
        lines.push(...wrap(`gives ${property.name}: ${property.documentation}`, 4));
      else if (property.masked)
        lines.push(...wrap(`${property.name}: asked for, or read with --password-stdin`, 4));
      else lines.push(...renderProperty(property, needs.includes(property.name)));
    }
  }
  return lines.join("\n");
}

function renderProperty(property: AlgorithmProperty, needed: boolean | number): string[] {
  const standard = property.default === "" ? "" : ` (default: ${String(property.default)})`;
  return wrap(
    `--${property.name}=…${needed === true ? " (needed)" : ""} ${property.documentation}${standard}`,
    4,
  );
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

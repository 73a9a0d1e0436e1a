import { renderSafeLine } from "./safe-text.js";
import { measureWidth, truncateToWidth } from "./text-width.js";

export interface Column {
  readonly heading: string;
  readonly align?: "left" | "right";
  /** Keeps its whole width when the terminal is narrow: an id cut in the middle is useless. */
  readonly whole?: boolean;
}

/** Below this a cut cell tells nothing. */
const narrowestColumn = 6;
const gap = 2;

/**
 * Renders a table that fits into `columns` columns by cutting the widest cells first; without a width nothing is cut.
 * Cells are made safe for a terminal. Ends without a line end.
 */
export async function renderTable(
  head: readonly Column[],
  rows: readonly (readonly string[])[],
  columns: number | undefined,
): Promise<string> {
  const { default: Table } = await import("cli-table3");
  const cells = rows.map((row) => row.map(renderSafeLine));
  const natural = head.map((column, index) =>
    Math.max(measureWidth(column.heading), ...cells.map((row) => measureWidth(row[index] ?? ""))),
  );
  const widths = columns === undefined ? natural : fitWidths(head, natural, columns);
  const table = new Table({
    head: head.map((column) => column.heading),
    colAligns: head.map((column) => column.align ?? "left"),
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": gap, compact: true },
  });
  table.push(...cells.map((row) => row.map((cell, index) => truncateToWidth(cell, widths[index] ?? 0))));
  return table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

const borderless = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};

/** Takes columns away one by one from whichever cuttable column is widest, until the sum fits. */
function fitWidths(head: readonly Column[], natural: readonly number[], columns: number): number[] {
  const widths = [...natural];
  let excess = widths.reduce((sum, width) => sum + width + gap, -gap) - columns;
  while (excess > 0) {
    const widest = widths.reduce(
      (best, width, index) => (head[index]?.whole !== true && width > (widths[best] ?? 0) ? index : best),
      head.findIndex((column) => column.whole !== true),
    );
    const width = widths[widest];
    if (width === undefined || width <= Math.max(narrowestColumn, measureWidth(head[widest]?.heading ?? "")))
      break;
    widths[widest] = width - 1;
    excess -= 1;
  }
  return widths;
}

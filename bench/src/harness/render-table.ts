import type { Figure } from "./figure.js";

const columns = ["", "ours", "against", "unit", "ratio", "goal", "met"] as const;

/** The rows as a table for a terminal. */
export function renderTable(figures: readonly Figure[]): string {
  const rows = [columns, ...figures.map(cellsOf)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const [head = "", ...lines] = rows.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0, column))
      .join("  ")
      .trimEnd(),
  );
  return [head, "-".repeat(head.length), ...lines, ""].join("\n");
}

/** The same in Markdown, with the best runs. */
export function renderMarkdownTable(figures: readonly Figure[]): string {
  const rows = figures.map(
    (figure) =>
      `| ${[figure.name, `${figure.ours} (${figure.bestOurs})`, `${figure.against} (${figure.bestAgainst})`, figure.unit, figure.peer, figure.ratio, figure.goal ?? "", renderMet(figure)].join(" | ")} |`,
  );
  return [
    "| what | ours: median (best) | against: median (best) | unit | compared with | ratio | goal | met |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function cellsOf(figure: Figure): readonly string[] {
  return [
    `${figure.name} / ${figure.peer}`,
    String(figure.ours),
    String(figure.against),
    figure.unit,
    String(figure.ratio),
    figure.goal ?? "",
    renderMet(figure),
  ];
}

export function renderMet({ met }: Figure): string {
  if (met === null) return "";
  return met ? "met" : "NOT MET";
}

/** Names to the left, figures to the right. */
function pad(cell: string, width: number, column: number): string {
  const space = " ".repeat(width - cell.length);
  return column === 0 || column > 4 ? cell + space : space + cell;
}

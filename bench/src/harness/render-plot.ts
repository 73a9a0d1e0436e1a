import type { Figure } from "./figure.js";

/** Figures whose names differ by one number, over that number. */
export interface Plot {
  readonly title: string;
  /** Name of the file, without `.svg`. */
  readonly name: string;
  /** What all names begin with, before the number. */
  readonly prefix: string;
  readonly xLabel: string;
}

const size = { width: 640, height: 400, left: 70, right: 20, top: 40, bottom: 60 };
const colours = { ours: "#0b6e99", against: "#b0581f" };

/** Both axes are logarithmic: what grows in proportion is a line that rises by 45 degrees. */
export function renderPlot({ title, prefix, xLabel }: Plot, figures: readonly Figure[]): string | undefined {
  const points = figures
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, ours, against, unit, peer }) => ({
      x: Number(name.slice(prefix.length).replaceAll(",", "").split(" ")[0]),
      ours,
      against,
      unit,
      peer,
    }));
  const [first] = points;
  if (first === undefined) return undefined;
  const xs = decades(points.map(({ x }) => x));
  const ys = decades(points.flatMap(({ ours, against }) => [ours, against]));
  const px = (x: number): number => scale(x, xs, size.left, size.width - size.right);
  const py = (y: number): number => scale(y, ys, size.height - size.bottom, size.top);
  const line = (pick: "ours" | "against"): string => {
    const path = points.map((point) => `${px(point.x).toFixed(1)},${py(point[pick]).toFixed(1)}`);
    const marks = path.map((place) => {
      const [x, y] = place.split(",");
      return `<circle cx="${x}" cy="${y}" r="3" fill="${colours[pick]}"/>`;
    });
    return `<polyline points="${path.join(" ")}" fill="none" stroke="${colours[pick]}" stroke-width="2"/>${marks.join("")}`;
  };
  const xTicks = xs.map((x) => tick(px(x), size.height - size.bottom + 18, "middle", x));
  const yTicks = ys.map(
    (y) =>
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${py(y)}" y2="${py(y)}" stroke="#ddd"/>${tick(size.left - 8, py(y) + 4, "end", y)}`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
<text x="${size.left}" y="22" font-size="14">${escape(title)}</text>
${yTicks.join("\n")}
${xTicks.join("\n")}
<text x="${size.width - size.right}" y="${size.height - 10}" text-anchor="end">${escape(xLabel)}</text>
<text x="8" y="${size.top - 4}">${escape(first.unit)}</text>
${line("against")}
${line("ours")}
<text x="${size.left + 10}" y="${size.top + 14}" fill="${colours.ours}">ours</text>
<text x="${size.left + 10}" y="${size.top + 30}" fill="${colours.against}">${escape(first.peer)}</text>
</svg>
`;
}

/** Powers of ten that hold all values between them. */
function decades(values: readonly number[]): readonly number[] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))));
  return Array.from({ length: to - from + 1 }, (_, index) => 10 ** (from + index));
}

function scale(value: number, range: readonly number[], from: number, to: number): number {
  const [low, high] = [Math.log10(range[0] ?? 1), Math.log10(range.at(-1) ?? 10)];
  return from + ((Math.log10(value) - low) / (high - low)) * (to - from);
}

function tick(x: number, y: number, anchor: string, value: number): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${value.toLocaleString("en", { maximumFractionDigits: 3 })}</text>`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

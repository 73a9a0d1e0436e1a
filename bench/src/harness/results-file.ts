import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { type Figure, figureSchema } from "./figure.js";

/** Puts the figures of a run into `NAME.json`. Rows that were not measured this time stay as they were. */
export async function saveFigures(
  folder: string,
  name: string,
  measured: readonly Figure[],
  { isWhole }: { readonly isWhole: boolean },
): Promise<readonly Figure[]> {
  const figures = isWhole ? measured : mergeFigures(await readFigures(folder, name), measured);
  await mkdir(folder, { recursive: true });
  const rows = figures.map((figure) => `  ${JSON.stringify(figure)}`);
  await writeFile(join(folder, `${name}.json`), `[\n${rows.join(",\n")}\n]\n`);
  return figures;
}

/** The rows of an earlier run; none where there was none. */
export async function readFigures(folder: string, name: string): Promise<readonly Figure[]> {
  let text: string;
  try {
    text = await readFile(join(folder, `${name}.json`), "utf8");
  } catch {
    return [];
  }
  return z.array(figureSchema).parse(JSON.parse(text));
}

/** New rows take the place of those of the same name; the others keep theirs. */
export function mergeFigures(earlier: readonly Figure[], measured: readonly Figure[]): readonly Figure[] {
  const byName = new Map([...earlier, ...measured].map((figure) => [figure.name, figure]));
  return [...byName.values()];
}

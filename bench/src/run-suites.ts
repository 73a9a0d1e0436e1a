import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Bench, type Benchmark } from "./harness/bench.js";
import type { Figure } from "./harness/figure.js";
import { describeMachine } from "./harness/machine.js";
import { MissingProgram } from "./harness/programs.js";
import { type Picture, renderPage } from "./harness/render-page.js";
import { type Plot, renderPlot } from "./harness/render-plot.js";
import { renderTable } from "./harness/render-table.js";
import { readFigures, saveFigures } from "./harness/results-file.js";
import type { Options } from "./options.js";
import { type Suite, suites } from "./suites.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const resultsFolder = join(root, "bench", "results");

/**
 * Measures, shows each suite's table, and writes results and page.
 * @returns how many benchmarks could not be measured. A goal that was not met is told, and no failure.
 */
export async function runSuites(options: Options): Promise<number> {
  let failures = 0;
  for (const suite of suites) {
    const wanted = suite.benchmarks.filter((benchmark) => isWanted(suite, benchmark, options));
    if (wanted.length === 0) continue;
    const { measured, failed } = await runSuite(suite, wanted, options);
    failures += failed;
    process.stdout.write(`\n${suite.title}\n${renderTable(measured)}\n`);
    const isWhole = wanted.length === suite.benchmarks.length && failed === 0;
    if (isWhole) await saveFigures(folderFor(options), suite.name, measured, { isWhole });
    if (options.isKept) await writePage(options);
  }
  return failures;
}

/** A quick run is for a look: what is kept for the record comes from a whole one. */
function folderFor({ isKept }: Options): string {
  return isKept ? resultsFolder : join(resultsFolder, "quick");
}

function isWanted(suite: Suite, { name, isCheap = false }: Benchmark, options: Options): boolean {
  const { names } = options;
  const isNamed = names.length === 0 || names.includes(suite.name) || names.includes(name);
  return isNamed && (isCheap || !options.isCheap);
}

async function runSuite(
  suite: Suite,
  benchmarks: readonly Benchmark[],
  options: Options,
): Promise<{ readonly measured: readonly Figure[]; readonly failed: number }> {
  const measured: Figure[] = [];
  let failed = 0;
  for (const benchmark of benchmarks) {
    process.stderr.write(`${suite.name}: ${benchmark.name} …\n`);
    const bench = await Bench.open(options.directory, options.isQuick);
    try {
      const figures = await benchmark.measure(bench);
      measured.push(...figures);
      // At once: a run of a quarter of an hour may be stopped before its end.
      await saveFigures(folderFor(options), suite.name, figures, { isWhole: false });
    } catch (error) {
      failed++;
      process.stderr.write(`${benchmark.name} could not be measured.\n${describe(error)}\n`);
    } finally {
      await bench[Symbol.asyncDispose]();
    }
  }
  return { measured, failed };
}

function describe(error: unknown): string {
  if (error instanceof MissingProgram) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function writePlots(plots: readonly Plot[], figures: readonly Figure[]): Promise<readonly Picture[]> {
  const pictures: Picture[] = [];
  for (const plot of plots) {
    const picture = renderPlot(plot, figures);
    if (picture === undefined) continue;
    const path = `benchmarks/${plot.name}.svg`;
    await mkdir(join(root, "docs", "benchmarks"), { recursive: true });
    await writeFile(join(root, "docs", path), picture);
    pictures.push({ title: plot.title, path });
  }
  return pictures;
}

async function writePage({ isQuick }: Options): Promise<void> {
  const sections = await Promise.all(
    suites.map(async ({ name, title, about, plots }) => {
      const figures = await readFigures(resultsFolder, name);
      return { suite: name, title, about, figures, pictures: await writePlots(plots, figures) };
    }),
  );
  const page = renderPage(sections, { machine: describeMachine(), date: new Date(), isQuick });
  await writeFile(join(root, "docs", "benchmarks.md"), page);
}

import type { Figure } from "./figure.js";
import { renderMarkdownTable } from "./render-table.js";

export interface Picture {
  readonly title: string;
  readonly path: string;
}

export interface PageRun {
  readonly machine: string;
  readonly date: Date;
  readonly isQuick: boolean;
}

export interface PageSection {
  readonly suite: string;
  readonly title: string;
  /** What was done, in a sentence or two. */
  readonly about: string;
  readonly figures: readonly Figure[];
  /** Paths of pictures, from the page. */
  readonly pictures?: readonly Picture[];
}

/** The page that holds the last run. */
export function renderPage(sections: readonly PageSection[], run: PageRun): string {
  const parts = sections
    .filter(({ figures }) => figures.length > 0)
    .map(({ suite, title, about, figures, pictures = [] }) =>
      [
        `## ${title}\n`,
        `${about}\n`,
        `\`npm run bench -- ${suite}\`; as data: [bench/results/${suite}.json](../bench/results/${suite}.json). ${renderScore(figures)}\n`,
        ...pictures.map((picture) => `![${picture.title}](${picture.path})\n`),
        renderMarkdownTable(figures),
      ].join("\n"),
    );
  return `${head(run)}\n${parts.join("\n")}`;
}

function head({ machine, date, isQuick }: PageRun): string {
  return `# Benchmarks

Written by \`npm run bench\`; not to be edited by hand. Last run: ${date.toISOString().slice(0, 10)}, on ${machine}${isQuick ? "; a quick one, with smaller files and fewer runs" : ""}.

Both sides of each row are real processes that ran in turn within the same run, after a warm-up that is not counted. Only the
ratios mean anything: on another machine, or on the same one at another hour, all figures move together. Files lie in memory
(\`/dev/shm\`), so that a disk's speed is no part of the figures; \`--directory\` puts them elsewhere. Servers and clients talk over
the loopback. Each figure is the median of its runs, with the best one in brackets.

What to install for all rows (Debian): \`apt-get install curl nginx-light wrk python3-httplib2 python3-skimage python3-silx python3-pyopencl pocl-opencl-icd\`. \`npm run bench -- --list\` names the
single benchmarks, \`--quick\` takes smaller files and fewer runs.
`;
}

function renderScore(figures: readonly Figure[]): string {
  const withGoal = figures.filter(({ met }) => met !== null);
  const reached = withGoal.filter(({ met }) => met === true).length;
  return withGoal.length === 0 ? "" : `${reached} of ${withGoal.length} goals are met.`;
}

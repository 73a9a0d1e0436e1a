import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { existsSync } from "node:fs";

export interface Options {
  /** Suites, or single benchmarks; none = all. */
  readonly names: readonly string[];
  /** Less of everything: for a look, not for the record. */
  readonly isQuick: boolean;
  /** Only what takes seconds. */
  readonly isCheap: boolean;
  /** Write down what was measured though it was quick. */
  readonly isKept: boolean;
  /** Where files are made. */
  readonly directory: string;
}

export const usage = `Usage: npm run bench -- [NAME...] [--quick [--keep]] [--cheap] [--directory DIR]

NAME         a suite (core, recon, growth) or one benchmark of it; all when none is named
--quick      smaller files and fewer runs; shown, but not written down
--keep       written down all the same
--cheap      only the benchmarks that take seconds
--directory  where files are made (default: in memory, /dev/shm, so that the disk's speed is no part of the figures)
--list       the names
`;

export function readOptions(args: readonly string[]): Options | "help" | "list" {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: "boolean", default: false },
      cheap: { type: "boolean", default: false },
      keep: { type: "boolean", default: false },
      directory: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  if (values.list) return "list";
  return {
    names: positionals,
    isQuick: values.quick,
    isCheap: values.cheap,
    isKept: values.keep || !values.quick,
    directory: values.directory ?? (existsSync("/dev/shm") ? "/dev/shm" : tmpdir()),
  };
}

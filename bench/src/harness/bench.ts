import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Figure } from "./figure.js";

/** One comparison or several that need the same preparation. */
export interface Benchmark {
  /** As it is named on the command line. */
  readonly name: string;
  /** Done in seconds even on a small machine, so that every change can be tried with it. */
  readonly isCheap?: boolean;
  measure(bench: Bench): Promise<readonly Figure[]>;
}

/** What a benchmark is given: how much to do, and a place to do it in. */
export class Bench implements AsyncDisposable {
  readonly isQuick: boolean;
  /** Counted runs of each side. */
  readonly runs: number;
  /** Removed at the end. */
  readonly folder: string;
  readonly #used: AsyncDisposable[] = [];

  private constructor(isQuick: boolean, folder: string) {
    this.isQuick = isQuick;
    this.runs = isQuick ? 2 : 3;
    this.folder = folder;
    process.once("exit", this.#removeFolder);
  }

  readonly #removeFolder = (): void => {
    rmSync(this.folder, { recursive: true, force: true });
  };

  static async open(directory: string, isQuick: boolean): Promise<Bench> {
    return new Bench(isQuick, await mkdtemp(join(directory, "scarf-bench-")));
  }

  /** Ends it with the benchmark, the last first. */
  use<Resource extends AsyncDisposable>(resource: Resource): Resource {
    this.#used.push(resource);
    return resource;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const resource of this.#used.splice(0).toReversed()) await resource[Symbol.asyncDispose]();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
    process.off("exit", this.#removeFolder);
  }
}

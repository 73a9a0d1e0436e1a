import { readFile } from "node:fs/promises";

/** Memory of a process over time, in thirds of the time it was looked at. */
export interface MemoryUse {
  readonly firstThirdMegabytes: number;
  readonly middleThirdMegabytes: number;
  readonly lastThirdMegabytes: number;
  readonly peakMegabytes: number;
}

/** Looks at the resident memory of a process twice a second. */
export class MemoryWatch {
  readonly #samples: number[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(pid: number) {
    this.#timer = setInterval(() => {
      void readResidentMegabytes(pid).then((megabytes) => this.#samples.push(megabytes));
    }, 500);
  }

  stop(): MemoryUse {
    clearInterval(this.#timer);
    const third = Math.floor(this.#samples.length / 3);
    return {
      firstThirdMegabytes: mean(this.#samples.slice(0, third)),
      middleThirdMegabytes: mean(this.#samples.slice(third, -third)),
      lastThirdMegabytes: mean(this.#samples.slice(-third)),
      peakMegabytes: Math.max(...this.#samples),
    };
  }
}

export async function readResidentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

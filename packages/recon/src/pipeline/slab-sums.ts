import type { SlabResult } from "./compute-thread.js";

/** What all slabs together had that was odd, and the range of their values. */
export class SlabSums {
  minimum = Infinity;
  maximum = -Infinity;
  cut = 0;
  #deadPixels = 0;
  #invalid = 0;
  #dark = 0;
  #samples = 0;
  #replaced = 0;

  add({ report, minimum, maximum, cut }: SlabResult): void {
    this.minimum = Math.min(this.minimum, minimum);
    this.maximum = Math.max(this.maximum, maximum);
    this.cut += cut;
    this.#deadPixels += report.deadPixels;
    this.#invalid += report.invalidSamples;
    this.#dark += report.darkSamples;
    this.#samples += report.samples;
  }

  addReplaced(pixels: number): void {
    this.#replaced += pixels;
  }

  /** Sentences for what a scientist should know about the result. */
  warnings(): string[] {
    const some = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
    const warnings: string[] = [];
    if (this.#deadPixels > 0) {
      warnings.push(
        `${some(this.#deadPixels, "detector pixel")} without light (flat not above dark), filled from the neighbours.`,
      );
    }
    if (this.#invalid > 0)
      warnings.push(`${some(this.#invalid, "NaN or infinite sample")} filled from the neighbours.`);
    // A few samples at the floor are noise behind thick metal; more than that is no longer a measurement.
    if (this.#dark > this.#samples / 1000) {
      const percent = ((100 * this.#dark) / this.#samples).toFixed(1);
      warnings.push(
        `${percent} % of the samples show no light at all: the sample is too thick there, or frames are missing.`,
      );
    }
    if (this.#replaced > 0) warnings.push(`${some(this.#replaced, "outlier")} replaced.`);
    if (this.cut > 0)
      warnings.push(`${some(this.cut, "value")} outside the limits of the 16-bit samples were cut.`);
    return warnings;
  }
}

export interface Latency {
  readonly count: number;
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/** Durations by what was asked for. */
export class Latencies {
  readonly #durations = new Map<string, number[]>();

  add(operation: string, milliseconds: number): void {
    const durations = this.#durations.get(operation);
    if (durations === undefined) this.#durations.set(operation, [milliseconds]);
    else durations.push(milliseconds);
  }

  summarise(): Readonly<Record<string, Latency>> {
    return Object.fromEntries(
      [...this.#durations].map(([operation, durations]) => {
        const sorted = durations.toSorted((a, b) => a - b);
        const at = (part: number): number =>
          Math.round((sorted[Math.floor(part * sorted.length)] ?? 0) * 10) / 10;
        return [operation, { count: sorted.length, p50Milliseconds: at(0.5), p99Milliseconds: at(0.99) }];
      }),
    );
  }
}

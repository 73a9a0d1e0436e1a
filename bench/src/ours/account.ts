/** Nothing of value is behind it: the servers it opens live for one benchmark, on the loopback. */
export const userName = "bench";
export const password = "only for benchmarks";

/** Where a client logs in. */
export interface Account {
  readonly baseUrl: string;
}

import { runProcess } from "../harness/run-process.js";

export interface WrkRun {
  readonly requestsPerSecond: number;
  /** Half of the requests, and 99 of 100, were answered within this. */
  readonly p50Milliseconds: number;
  readonly p99Milliseconds: number;
}

/** Asks one address over many connections at once, as fast as it answers. @throws {Error} there were other answers than 200. */
export async function runWrk(
  url: string,
  {
    connections,
    seconds,
    cookie,
  }: { readonly connections: number; readonly seconds: number; readonly cookie?: string },
): Promise<WrkRun> {
  const header = cookie === undefined ? "" : `-H 'Cookie: ${cookie}'`;
  // Programs start with 1,024 files as their limit.
  const command = `ulimit -n 8192; exec wrk --latency -t 1 -c ${connections} -d ${seconds}s --timeout 30s ${header} '${url}'`;
  const { output } = await runProcess("bash", ["-c", command]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`not all requests succeeded:\n${output}`);
  return {
    requestsPerSecond: Number(/^Requests\/sec:\s+([\d.]+)$/m.exec(output)?.[1]),
    p50Milliseconds: readLatency(output, 50),
    p99Milliseconds: readLatency(output, 99),
  };
}

const unitMilliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function readLatency(output: string, percent: number): number {
  const [, value, unit = ""] =
    new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)\\s*$`, "m").exec(output) ?? [];
  return Number(value) * (unitMilliseconds[unit] ?? Number.NaN);
}

import { AbortedError } from "../../errors/index.js";

/** @throws {AbortedError} */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortedError("ABORTED", "Stopped on request.", { cause: signal.reason });
}

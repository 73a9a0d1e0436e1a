import type { AlgorithmSettings } from "./algorithm-environment.js";

/** Sessions on the resources of the user's configuration, for programs that bring none of their own. */
export async function processSessions(): Promise<Required<AlgorithmSettings>> {
  throw new Error("not yet");
}

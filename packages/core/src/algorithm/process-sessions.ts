import type { AlgorithmEnvironment } from "./algorithm-environment.js";

/** Sessions on the resources of the user's configuration, for programs that bring none of their own. */
export async function processSessions(): Promise<Pick<AlgorithmEnvironment, "sessions" | "applications">> {
  throw new Error("not yet");
}

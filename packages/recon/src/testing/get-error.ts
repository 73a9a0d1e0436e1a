import { ReconError } from "../errors/recon-error.js";

/** The typed error that a promise fails with. A promise that does not fail, or fails otherwise, fails the test. */
export async function getError(work: Promise<unknown>): Promise<ReconError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ReconError) return error;
    throw error;
  }
  throw new Error("It should have failed, and did not.");
}

/** The typed error that a function throws. */
export function getThrown(work: () => unknown): Promise<ReconError> {
  return getError(Promise.resolve().then(work));
}

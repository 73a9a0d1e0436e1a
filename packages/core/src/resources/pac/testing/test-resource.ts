import { isScarfError, type ScarfError } from "../../../errors/index.js";
import type { ByteSource } from "../../../model/index.js";
import type { PacResourceOptions } from "../pac-options.js";
import { PacResource } from "../pac-resource.js";
import type { PacSession } from "../pac-session.js";
import type { PacSimulator } from "./pac-simulator.js";

/** A resource that talks to the simulator, with short pauses. */
export function resourceFor(simulator: PacSimulator, options: Partial<PacResourceOptions> = {}): PacResource {
  return new PacResource({
    id: "SCARF@STFC",
    baseUrl: simulator.baseUrl,
    // Tests of what both generations share ask by the legacy one.
    generation: "legacy",
    retry: { attempts: 3, firstDelaySeconds: 0.01 },
    lookUpPausesSeconds: [0.01, 0.02],
    ...options,
  });
}

export async function sessionFor(
  simulator: PacSimulator,
  options: Partial<PacResourceOptions> = {},
): Promise<PacSession> {
  return resourceFor(simulator, options).logIn({ userName: "scarf362", password: simulator.password });
}

export function source(content: Buffer | string): ByteSource {
  const bytes = Buffer.from(content);
  return {
    sizeBytes: bytes.length,
    async *read(offset = 0) {
      yield bytes.subarray(offset);
    },
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const chunk of chunks) pieces.push(Buffer.from(chunk));
  return Buffer.concat(pieces);
}

/** What a call throws; a call that does not throw, or throws a bug, fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<ScarfError> {
  try {
    await call;
  } catch (error) {
    if (isScarfError(error)) return error;
    throw error;
  }
  throw new Error("It should have failed.");
}

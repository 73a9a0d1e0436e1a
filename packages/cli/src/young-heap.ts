import { setFlagsFromString } from "node:v8";

/**
 * Starting a large program lets V8's young heap grow to its 32 MB, which it never gives back. Held while a server starts, it stays at 2 MB
 * until requests need more. (`--max-semi-space-size` would have to be given to node itself, and slow down a server under load.)
 */
export function holdYoungHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
}

/** As V8 has it by default. */
export function releaseYoungHeap(): void {
  setFlagsFromString("--semi-space-growth-factor=2");
}

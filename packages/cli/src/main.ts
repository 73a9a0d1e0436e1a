import { writeSync } from "node:fs";
import { version } from "./version.js";

const args = process.argv.slice(2);

// Asked for often by scripts, and answered about as fast as node starts: nothing else is loaded for it, not even
// Node's own streams.
if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) writeSync(1, `${version}\n`);
else void start();

async function start(): Promise<void> {
  if (args.includes("serve")) (await import("./young-heap.js")).holdYoungHeap();
  const { runProgram } = await import("./run-program.js");
  await runProgram(args);
}

import { downloadTo } from "../download-to.js";

/** A program that downloads to the path given, never comes to an end, and says when it has begun. */
async function* endless(): AsyncGenerator<Uint8Array, void> {
  const chunk = Buffer.alloc(1024 * 1024);
  for (let count = 0; ; count += 1) {
    if (count < 4) yield chunk;
    if (count === 4) process.stdout.write("begun\n");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

await downloadTo({ chunks: endless() }, process.argv[2] ?? "", { overwrite: "replace" });

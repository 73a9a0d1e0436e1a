import { createHash } from "node:crypto";
import { PacResource } from "../pac-resource.js";

/** Sends or fetches one file and prints what it took: `BASE-URL PASSWORD upload|download BYTES [CA-FILE]`. */
const [baseUrl = "", password = "", direction = "", size = "0", caFile = ""] = process.argv.slice(2);
const sizeBytes = Number(size);
const resource = new PacResource({ id: "large", baseUrl, ...(caFile !== "" && { caFile }) });
const session = await resource.logIn({ userName: "scarf362", password });
const hash = createHash("sha256");
let bytes = 0;
let peakBytes = 0;
const watch = (chunk: Uint8Array): void => {
  hash.update(chunk);
  bytes += chunk.byteLength;
  peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
};
const startedAt = performance.now();
if (direction === "upload") {
  await session.files.write("/work", "big", {
    sizeBytes,
    async *read(offset = 0) {
      const reused = Buffer.allocUnsafe(1_048_576);
      for (let at = offset; at < sizeBytes; at += reused.length) {
        reused.fill(String(at), 0, 64);
        const chunk = reused.subarray(0, Math.min(reused.length, sizeBytes - at));
        watch(chunk);
        yield chunk;
      }
    },
  });
} else {
  const { chunks } = await session.jobFiles("1").read("big");
  for await (const chunk of chunks) watch(chunk);
}
const seconds = (performance.now() - startedAt) / 1000;
await resource.close();
console.log(JSON.stringify({ bytes, sha256: hash.digest("hex"), peakBytes, seconds }));

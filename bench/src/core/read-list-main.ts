import { createReadStream } from "node:fs";
import { SaxesParser } from "saxes";
import { readJobs } from "scarf-tomo/wire";
import { readPeakBytes } from "../harness/process-figures.js";
import type { ReadListReport } from "./list-of-jobs.js";

/** Reads a job list from a file and tells what that took: `jobs|tokens FILE`. */
const [how, file = ""] = process.argv.slice(2);
const chunks: AsyncIterable<Buffer> = createReadStream(file);
const begun = performance.now();
const found = how === "jobs" ? await readTyped() : await readTokens();
const report: ReadListReport = {
  seconds: (performance.now() - begun) / 1000,
  peakBytes: readPeakBytes(process.pid),
};
if (found < 1) throw new Error(`${file} has no jobs`);
process.stdout.write(JSON.stringify(report));

async function readTyped(): Promise<number> {
  const evidence = { source: "bench", observedAt: new Date() };
  const { jobs } = await readJobs(chunks, { evidence, extended: true });
  return jobs.length;
}

async function readTokens(): Promise<number> {
  const parser = new SaxesParser();
  let tokens = 0;
  parser.on("opentag", () => {
    tokens++;
  });
  parser.on("text", () => {
    tokens++;
  });
  parser.on("closetag", () => {
    tokens++;
  });
  const decoder = new TextDecoder("utf-8");
  for await (const chunk of chunks) parser.write(decoder.decode(chunk, { stream: true }));
  parser.close();
  return tokens;
}

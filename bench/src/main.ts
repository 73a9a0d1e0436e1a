import { readOptions, usage } from "./options.js";
import { runSuites } from "./run-suites.js";
import { suites } from "./suites.js";

const listing = suites
  .map(({ name, benchmarks }) => `${name}: ${benchmarks.map((one) => one.name).join(", ")}\n`)
  .join("");
const known = new Set([...suites, ...suites.flatMap(({ benchmarks }) => benchmarks)].map(({ name }) => name));

// Gigabytes in memory and servers must not outlive a run that is stopped.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

const options = readOptions(process.argv.slice(2));
if (options === "help") process.stdout.write(usage);
else if (options === "list") process.stdout.write(listing);
else {
  const unknown = options.names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no benchmark ${unknown.join(", ")}. These are known:\n${listing}`);
    process.exitCode = 64;
  } else if ((await runSuites(options)) > 0) process.exitCode = 1;
}

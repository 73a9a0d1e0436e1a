// Compiles the kernels (assembly/) to WebAssembly and writes them, as text, into a module of the program: so the same code loads them in
// Node.js threads and in a browser's workers, without a file to find or to fetch.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const sources = join(root, "assembly");
const target = join(root, "src", "kernels", "kernel-binary.generated.ts");

/** No allocator, no checks, no start code: kernels work on addresses that TypeScript hands out. The memory is TypeScript's, too. */
const options = ["-O3", "--noAssert", "--uncheckedBehavior", "always", "--runtime", "stub"].concat(
  ["--enable", "simd"],
  ["--importMemory", "--noExportMemory"],
);

/** Does nothing if neither the sources nor the compiler have changed since the last time. */
export async function buildKernels() {
  const hash = hashInputs();
  if (existsSync(target) && readFileSync(target, "utf8").includes(hash)) return;
  const base64 = Buffer.from(await compile()).toString("base64");
  const lines = [
    "// Made by scripts/build-kernels.mjs from assembly/; not to be edited, not to be committed.",
    `// ${hash}`,
    "/** The kernels, compiled to WebAssembly, in base64. */",
    `export const KERNEL_BINARY =\n  "${base64}";`,
  ];
  writeFileSync(target, `${lines.join("\n")}\n`);
}

function hashInputs() {
  const hash = createHash("sha256").update(options.join(" "));
  const { version } = JSON.parse(
    readFileSync(fileURLToPath(import.meta.resolve("assemblyscript/package.json")), "utf8"),
  );
  hash.update(version);
  for (const name of readdirSync(sources).sort()) {
    if (name.endsWith(".ts")) hash.update(`\0${name}\0`).update(readFileSync(join(sources, name)));
  }
  return hash.digest("hex");
}

async function compile() {
  // Loaded only when there is something to compile: it takes a second.
  const { main } = await import("assemblyscript/asc");
  let binary = null;
  await main(["index.ts", "--baseDir", sources, "-o", "kernels.wasm", ...options], {
    stderr: process.stderr,
    writeFile: (_, contents) => {
      binary = contents;
    },
  });
  // The compiler has said why.
  if (binary === null) process.exit(1);
  return binary;
}

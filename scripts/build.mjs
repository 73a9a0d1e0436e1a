// Builds every workspace: the kernels of the reconstruction, then type-check and emit with tsc, then the command line as one small file.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { buildKernels } from "../packages/recon/scripts/build-kernels.mjs";

const roots = [
  ...readdirSync("packages").map((name) => join("packages", name)),
  "testkit",
  "examples",
  "bench",
];
removeOrphans();
await buildKernels();
run(join("node_modules", ".bin", "tsc"), ["-b"]);

/**
 * Two CommonJS files start several times faster than the same modules one by one: a small one that answers what needs no more, and all the
 * rest. The library is inside; servers and the reconstruction, which only a few commands need, stay outside.
 */
async function bundleCommandLine() {
  const folder = "packages/cli/dist";
  const common = {
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: true,
    logLevel: "warning",
  };
  const outfile = join(folder, "scarf.cjs");
  await build({
    ...common,
    entryPoints: [join(folder, "main.js")],
    outfile,
    plugins: [replaceModule("./run-program.js", "./scarf-program.cjs")],
    // `import` of a CommonJS file has Node search its whole text for exports first.
    supported: { "dynamic-import": false },
    banner: { js: "#!/usr/bin/env node" },
  });
  await build({
    ...common,
    entryPoints: [join(folder, "run-program.js")],
    outfile: join(folder, "scarf-program.cjs"),
    external: ["scarf-tomo-gateway", "scarf-tomo-recon", "scarf-tomo-recon/*"],
    plugins: [keepPlaces("packages/core/dist", "scarf-tomo"), withoutTranslations],
  });
  chmodSync(outfile, 0o755);
}

/** Leaves one module out of a bundle, under another name. */
function replaceModule(from, to) {
  return {
    name: "replace-module",
    setup: ({ onResolve }) =>
      onResolve({ filter: /^\./ }, ({ path }) => (path === from ? { path: to, external: true } : undefined)),
  };
}

/** zod's messages in fifty languages, a quarter of the whole; ours are our own. */
const withoutTranslations = {
  name: "without-translations",
  setup: ({ onLoad }) =>
    onLoad({ filter: /\/zod\/v4\/locales\/index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    })),
};

/** Modules of a package that start a program or read a file beside them go on finding it where the package is installed. */
function keepPlaces(dist, packageName) {
  const root = resolve(dist);
  return {
    name: "keep-places",
    setup: ({ onLoad }) =>
      onLoad({ filter: /\.js$/ }, ({ path }) => {
        if (!path.startsWith(`${root}/`)) return undefined;
        const contents = readFileSync(path, "utf8");
        if (!contents.includes("import.meta.url")) return undefined;
        const place = JSON.stringify(relative(root, path));
        const installed = `require("node:module").createRequire(__filename).resolve(${JSON.stringify(packageName)})`;
        const url = `require("node:url").pathToFileURL(require("node:path").join(require("node:path").dirname(${installed}), ${place})).href`;
        return { contents: contents.replaceAll("import.meta.url", url), loader: "js" };
      }),
  };
}

/** Deletes outputs whose source is gone: a test file that was removed must not go on running. */
function removeOrphans() {
  for (const root of roots) {
    const dist = join(root, "dist");
    if (!existsSync(dist)) continue;
    for (const entry of readdirSync(dist, { recursive: true })) {
      const file = join(dist, entry);
      if (!/\.(js|d\.ts)(\.map)?$/.test(entry) || !statSync(file).isFile()) continue;
      const source = join(root, "src", entry.replace(/\.(js|d\.ts)(\.map)?$/, ".ts"));
      if (!existsSync(source)) rmSync(file);
    }
  }
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

if (existsSync("packages/cli/dist/main.js")) await bundleCommandLine();

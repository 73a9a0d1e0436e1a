// Builds every workspace: type-check and emit with tsc, then the command line as one small file.
import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const roots = [
  ...readdirSync("packages").map((name) => join("packages", name)),
  "testkit",
  "examples",
  "bench",
];
removeOrphans();
run(join("node_modules", ".bin", "tsc"), ["-b"]);
if (existsSync("packages/cli/dist/main.js")) await bundleCommandLine();

/** One CommonJS file starts several times faster than the same modules one by one; the parts that a command needs only when it runs stay outside. */
async function bundleCommandLine() {
  const outfile = "packages/cli/dist/scarf.cjs";
  await build({
    entryPoints: ["packages/cli/dist/main.js"],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node20",
    minify: true,
    logLevel: "warning",
    external: ["scarf-tomo", "scarf-tomo/*", "scarf-tomo-gateway", "scarf-tomo-recon", "scarf-tomo-recon/*"],
    banner: { js: "#!/usr/bin/env node" },
  });
  chmodSync(outfile, 0o755);
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

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * A path in the folder of real scans that lies beside the workspace (`../shared/data`). Without it the tests on real data can't run, and fail.
 */
export function findSharedData(...parts: readonly string[]): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!isWorkspace(folder)) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error("These tests run inside the workspace scarf-tomo-workspace.");
    folder = parent;
  }
  const path = join(dirname(folder), "shared", "data", ...parts);
  if (!existsSync(path)) throw new Error(`The tests on real scans need ${path}.`);
  return path;
}

function isWorkspace(folder: string): boolean {
  const file = join(folder, "package.json");
  return existsSync(file) && readFileSync(file, "utf8").includes('"scarf-tomo-workspace"');
}

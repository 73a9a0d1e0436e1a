import { readdir, readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { findViolations, readImports, type SourceFile } from "./testing/import-rules.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

async function readSources(): Promise<readonly SourceFile[]> {
  const packages = await readdir(join(root, "packages"));
  const folders = [...packages.map((name) => join("packages", name, "src")), join("testkit", "src")];
  const files = await Promise.all(
    folders.map(async (folder) => {
      const names = await readdir(join(root, folder), { recursive: true }).catch(() => []);
      return (
        names
          .map((name) => join(folder, name))
          // This file has imports in its text that are none.
          .filter((path) => /\.tsx?$/.test(path) && path !== "packages/core/src/architecture.test.ts")
      );
    }),
  );
  return Promise.all(
    files
      .flat()
      .map(async (path) => ({ path, imports: readImports(await readFile(join(root, path), "utf8")) })),
  );
}

describe("the direction of imports", () => {
  let sources: readonly SourceFile[];
  beforeAll(async () => {
    sources = await readSources();
  });

  it("is kept everywhere", () => {
    expect(findViolations(sources)).toEqual([]);
  });

  it("was looked at in every package and every folder of core", () => {
    const folders = new Set(sources.map(({ path }) => dirname(path)));
    for (const folder of [
      "model",
      "errors",
      "wire",
      "schedulers/slurm",
      "transports/http",
      "transfers",
      "resources/pac",
      "resources/local",
    ])
      expect(folders).toContain(join("packages/core/src", folder));
    for (const folder of ["watch", "sessions", "configuration", "applications", "algorithm"])
      expect(folders).toContain(join("packages/core/src", folder));
    for (const name of ["gateway", "cli", "recon"]) expect(folders).toContain(join("packages", name, "src"));
    const imports = sources.flatMap((file) => file.imports);
    expect(imports.length).toBeGreaterThan(sources.length);
  });

  it("leads to files that are there", () => {
    const known = new Set(sources.map(({ path }) => path));
    const lost = sources.flatMap(({ path, imports }) =>
      imports
        .filter(({ from }) => from.startsWith("."))
        .map(({ from }) => relative(".", join(dirname(path), from)).replace(/\.js(x?)$/, ".ts$1"))
        .filter((target) => /\.tsx?$/.test(target) && !known.has(target)),
    );
    expect(lost).toEqual([]);
  });
});

describe("a planted violation is found", () => {
  it.each([
    ["packages/core/src/model/job.ts", "node:fs", "model/ imports node:fs"],
    ["packages/core/src/errors/codes.ts", "zod/mini", "errors/ imports zod/mini"],
    ["packages/core/src/model/job.ts", "../errors/index.js", "model/ imports errors/"],
    ["packages/core/src/wire/token.ts", "../transports/http/index.js", "wire/ imports transports/"],
    ["packages/core/src/schedulers/slurm/x.ts", "node:fs/promises", "schedulers/ imports node:fs/promises"],
    [
      "packages/core/src/schedulers/slurm/x.ts",
      "../../resources/job-name.js",
      "schedulers/ imports resources/",
    ],
    ["packages/core/src/transports/x.ts", "../schedulers/slurm/index.js", "transports/ imports schedulers/"],
    [
      "packages/core/src/transfers/upload-file.ts",
      "../resources/pac/index.js",
      "transfers/ imports resources/",
    ],
    [
      "packages/core/src/resources/pac/pac-session.ts",
      "../local/index.js",
      "resources/pac imports resources/local",
    ],
    ["packages/core/src/resources/local/x.ts", "../../watch/index.js", "resources/ imports watch/"],
    ["packages/core/src/watch/job-watcher.ts", "../sessions/session-manager.js", "watch/ imports sessions/"],
    ["packages/core/src/sessions/x.ts", "../configuration/index.js", "sessions/ imports configuration/"],
    ["packages/core/src/configuration/x.ts", "../sessions/index.js", "configuration/ imports sessions/"],
    ["packages/core/src/applications/x.ts", "../algorithm/index.js", "applications/ imports algorithm/"],
    ["packages/core/src/applications/x.ts", "../index.js", "applications/ imports index.ts"],
    ["packages/core/src/newcomer/x.ts", "../model/index.js", "newcomer/ has no place in the order"],
    ["packages/core/src/sessions/x.ts", "node:http", "only transports/ opens connections"],
    ["packages/core/src/algorithm/x.ts", "node:child_process", "only transports/ starts programs"],
    ["packages/core/src/algorithm/x.ts", "node:readline/promises", "core knows no terminals"],
    ["packages/core/src/transports/x.ts", "fastify", "core imports fastify"],
    ["packages/core/src/index.ts", "scarf-tomo-gateway", "core imports scarf-tomo-gateway"],
    ["packages/core/src/index.ts", "../../gateway/src/index.js", "leaves its package"],
    ["packages/gateway/src/index.ts", "../../core/src/index.js", "leaves its package"],
    [
      "packages/gateway/src/index.ts",
      "scarf-tomo/dist/wire/index.js",
      "gateway imports scarf-tomo/dist/wire/index.js",
    ],
    ["packages/gateway/src/index.ts", "scarf-tomo-cli", "gateway imports scarf-tomo-cli"],
    ["packages/cli/src/main.ts", "scarf-tomo/wire", "cli imports scarf-tomo/wire"],
    ["packages/cli/src/main.ts", "scarf-tomo/testing", "cli imports scarf-tomo/testing"],
    ["packages/recon/src/main.ts", "scarf-tomo", "recon imports scarf-tomo"],
    ["packages/recon/src/main.ts", "node:http", "recon knows no networks"],
    ["packages/recon/src/stages/gridrec/x.ts", "node:fs", "stages/ imports node:fs"],
  ])("%s imports %s", (path, from, expected) => {
    const [violation] = findViolations([{ path, imports: [{ from, typesOnly: false }] }]);
    expect(violation).toBe(`${path}: ${expected}`);
  });

  it("and what is allowed is not", () => {
    const allowed: [string, string, boolean][] = [
      ["packages/core/src/transfers/upload-file.ts", "../resources/compute-resource.js", true],
      ["packages/core/src/transfers/upload-file.test.ts", "../sessions/testing/memory-resource.js", false],
      ["packages/core/src/configuration/x.ts", "../resources/pac/index.js", false],
      ["packages/core/src/algorithm/x.ts", "../configuration/index.js", false],
      ["packages/core/src/index.ts", "./algorithm/index.js", false],
      ["packages/gateway/src/index.ts", "scarf-tomo/wire", false],
      ["packages/cli/src/main.ts", "scarf-tomo", false],
      ["packages/cli/src/main.test.ts", "scarf-tomo/testing", false],
    ];
    expect(
      findViolations(allowed.map(([path, from, typesOnly]) => ({ path, imports: [{ from, typesOnly }] }))),
    ).toEqual([]);
    const values = { from: "../resources/compute-resource.js", typesOnly: false };
    expect(findViolations([{ path: "packages/core/src/transfers/x.ts", imports: [values] }])).toHaveLength(1);
  });

  it("in every form that an import can have", () => {
    const source = `
      import type { A } from "./a.js";
      import { type B, type C } from "./b.js";
      import { type D, e } from './c.js';
      import f, {
        g,
      } from "./d.js";
      import "./e.js";
      export * from "./f.js";
      export type * from "./g.js";
      export { h } from "./h.js";
      const i = await import("./i.js");
      type J = import("./j.js").J;
      // import { k } from "./comment.js";
      /* export * from "./block.js"; */
      const text = "import x from './text.js'";
      const worker = new Worker(new URL("./worker.js", import.meta.url));
    `;
    expect(readImports(source)).toEqual([
      { from: "./a.js", typesOnly: true },
      { from: "./b.js", typesOnly: true },
      { from: "./c.js", typesOnly: false },
      { from: "./d.js", typesOnly: false },
      { from: "./e.js", typesOnly: false },
      { from: "./f.js", typesOnly: false },
      { from: "./g.js", typesOnly: true },
      { from: "./h.js", typesOnly: false },
      { from: "./i.js", typesOnly: false },
      { from: "./j.js", typesOnly: true },
    ]);
    expect(builtinModules).toContain("fs");
  });
});

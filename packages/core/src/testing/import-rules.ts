import { dirname, join } from "node:path";

export interface Import {
  readonly from: string;
  readonly typesOnly: boolean;
}

export interface SourceFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly imports: readonly Import[];
}

/** Folders of core, from the bottom up: each may import what stands on a lower line. */
const layers: readonly (readonly string[])[] = [
  ["model", "errors"],
  ["wire"],
  ["transports"],
  ["transfers"],
  ["schedulers"],
  ["resources"],
  ["watch"],
  ["sessions", "configuration"],
  ["applications"],
  ["algorithm"],
  ["index.ts"],
];

/** Holds interfaces only, in terms of the model; for types it counts as a part of it. */
const interfaceFile = "resources/compute-resource";

const connections = /^node:(?:http2?|https|net|tls|dgram)$/;

/** Where programs are started: jobs and commands in transports/; the embedded engine starts itself and its keepers. */
const startsPrograms = /^(?:transports|resources\/local)\//;

/** Of our packages, and of this project's parts, what each may import by name. */
const allowedPackages: Readonly<Record<string, RegExp>> = {
  core: /^(?:env-paths|smol-toml|zod(?:\/mini)?)$/,
  gateway: /^scarf-tomo(?:\/wire)?$/,
  cli: /^scarf-tomo(?:-gateway|-recon(?:\/phantom)?)?$/,
  recon: /^(?!scarf-tomo)/,
  testkit: /^scarf-tomo/,
};

/** Broken sentences about who may know whom, one line each. Tests, and code that only tests use, may reach further inside their package. */
export function findViolations(files: readonly SourceFile[]): readonly string[] {
  return files.flatMap(({ path, imports }) =>
    imports.flatMap((one) => {
      const problem = findProblem(path, one);
      return problem === undefined ? [] : [`${path}: ${problem}`];
    }),
  );
}

function findProblem(path: string, { from, typesOnly }: Import): string | undefined {
  const {
    1: home = "",
    2: name = "",
    3: rest = "",
  } = /^((?:packages\/)?([^/]+)\/src)\/(.*)$/.exec(path) ?? [];
  const forTests = /\.test\.tsx?$/.test(rest) || rest.split("/").includes("testing");
  if (from.startsWith(".")) {
    const target = join(dirname(path), from);
    if (!target.startsWith(`${home}/`))
      return forTests && target.startsWith(dirname(home)) ? undefined : "leaves its package";
    return name === "core" && !forTests
      ? findDirection(rest, target.slice(home.length + 1), typesOnly)
      : undefined;
  }
  if (from.startsWith("node:")) return forTests ? undefined : findBuiltin(name, rest, { from, typesOnly });
  if (forTests && (!from.startsWith("scarf-tomo") || from === "scarf-tomo/testing")) return undefined;
  const folder = rest.split("/")[0] ?? "";
  if (name === "core" && (folder === "model" || folder === "errors")) return `${folder}/ imports ${from}`;
  const isOurs = from.startsWith("scarf-tomo");
  const allowed = allowedPackages[name];
  if (allowed === undefined || (!isOurs && name !== "core") || allowed.test(from)) return undefined;
  return `${name} imports ${from}`;
}

/** Inside core: down only, and never from one resource to another. */
function findDirection(path: string, target: string, typesOnly: boolean): string | undefined {
  const [from = "", to = ""] = [path.split("/")[0], target.split("/")[0]?.replace(/\.js$/, ".ts")];
  const [fromLayer, toLayer] = [from, to].map((folder) =>
    layers.findIndex((layer) => layer.includes(folder)),
  );
  if (fromLayer === -1) return `${from}/ has no place in the order`;
  if (from === "resources" && to === "resources") {
    const [one = "", two = ""] = [path, target].map((place) => place.split("/").slice(0, -1).join("/"));
    const [a, b] = [one.split("/").slice(0, 2).join("/"), two.split("/").slice(0, 2).join("/")];
    return a === b || b === "resources" ? undefined : `${a} imports ${b}`;
  }
  if (from === to || (typesOnly && target.startsWith(interfaceFile))) return undefined;
  if (fromLayer !== undefined && toLayer !== undefined && toLayer < fromLayer && toLayer !== -1)
    return undefined;
  return `${from}/ imports ${to.endsWith(".ts") ? to : `${to}/`}`;
}

function findBuiltin(name: string, path: string, { from, typesOnly }: Import): string | undefined {
  const folder = path.split("/")[0] ?? "";
  if (name === "recon" && connections.test(from) && from !== "node:child_process")
    return "recon knows no networks";
  // What computes runs in a browser's worker as well.
  if (name === "recon" && /^(?:kernels|numerics|slab|stages)$/.test(folder))
    return `${folder}/ imports ${from}`;
  if (name !== "core") return undefined;
  if (folder === "model" || folder === "errors") return `${folder}/ imports ${from}`;
  // Commands and how to read their answers: for numbers of signals only.
  if (folder === "schedulers" && from !== "node:os") return `${folder}/ imports ${from}`;
  if (connections.test(from) && folder !== "transports") return "only transports/ opens connections";
  if (from === "node:child_process" && !typesOnly && !startsPrograms.test(path))
    return "only transports/ starts programs";
  return /^node:(?:readline|tty|repl)/.test(from) ? "core knows no terminals" : undefined;
}

/** All imports of a source text, in its order: static, dynamic, re-exports and types. */
export function readImports(source: string): readonly Import[] {
  const code = source.replaceAll(/^\s*\/\/.*$|\/\*[^]*?\*\//gm, "");
  const statement =
    /^\s*(?:import|export)\s+(?<clause>(?:type\s+)?[^"';]*?from\s*)?["'](?<from>[^"']+)["']|(?<type>:|=|<|\||&|\btypeof)?\s*\bimport\(\s*["'](?<dynamic>[^"']+)["']\s*\)(?<member>\.[A-Z])?/gm;
  return [...code.matchAll(statement)].map(({ groups = {} }) => {
    const { clause = "", from, dynamic = "", member } = groups;
    if (from === undefined) return { from: dynamic, typesOnly: member !== undefined };
    return { from, typesOnly: isTypesOnly(clause) };
  });
}

function isTypesOnly(clause: string): boolean {
  if (/^type\s/.test(clause)) return true;
  const names =
    /^\{([^}]*)\}/
      .exec(clause)?.[1]
      ?.split(",")
      .map((name) => name.trim()) ?? [];
  const present = names.filter((name) => name !== "");
  return present.length > 0 && present.every((name) => name.startsWith("type "));
}

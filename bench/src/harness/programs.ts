import { spawnSync } from "node:child_process";

/** Programs that are measured beside ours, and the Debian package that brings each. */
const packages = {
  cp: "coreutils",
  curl: "curl",
  nginx: "nginx-light",
  sha256sum: "coreutils",
  wrk: "wrk",
} as const;

export type PeerProgram = keyof typeof packages;

/** A program that a comparison needs is not there. A row left out would look like one that was never asked for. */
export class MissingProgram extends Error {
  override readonly name = "MissingProgram";

  constructor(what: string, packageName: string) {
    super(
      `${what} is needed to compare with, and is not installed here.\nInstall it with: apt-get install ${packageName}`,
    );
  }
}

/** @throws {MissingProgram} */
export function requirePrograms(...programs: readonly PeerProgram[]): void {
  for (const program of programs) {
    if (spawnSync("sh", ["-c", `command -v ${program}`], { env: environment() }).status !== 0)
      throw new MissingProgram(program, packages[program]);
  }
}

/** Python modules that are measured beside ours, and the Debian packages that bring each. */
const modules = {
  httplib2: "python3-httplib2",
  "silx.opencl.backprojection": "python3-silx python3-pyopencl pocl-opencl-icd",
  "skimage.transform": "python3-skimage",
} as const;

/** A Python that has a module: the system's own comes first, since Debian's packages are for that one. */
export function findPython(module: keyof typeof modules): string {
  const found = ["/usr/bin/python3", "python3"].find(
    (python) => spawnSync(python, ["-c", `import ${module}`]).status === 0,
  );
  if (found === undefined) throw new MissingProgram(`Python's ${module}`, modules[module]);
  return found;
}

/** nginx lies where only root's path leads. */
export function environment(): NodeJS.ProcessEnv {
  // It makes every start of node slower by the time to read the file, and nothing here needs it.
  const { NODE_EXTRA_CA_CERTS: _, ...rest } = process.env;
  return { ...rest, PATH: `${rest["PATH"] ?? ""}:/usr/sbin:/sbin` };
}

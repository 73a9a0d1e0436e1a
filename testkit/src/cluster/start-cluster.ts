import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Cluster, daemonEnvironment } from "./cluster.js";
import { type ClusterDescription, getDescriptionFile } from "./cluster-description.js";
import type { ClusterOptions } from "./cluster-options.js";
import { getPorts } from "./cluster-ports.js";
import { getMark, register, reserveBasePort } from "./cluster-registry.js";
import { addUsers } from "./cluster-users.js";
import { installPackages } from "./install-packages.js";
import { withMachineLock } from "./machine-lock.js";
import { type PreparedRoot, prepareRoot, userIds } from "./prepare-root.js";
import { templateDirectory } from "./render-configuration.js";
import { runProgram } from "./run-program.js";
import { rootMark, stopCluster } from "./stop-cluster.js";

/** A cluster of one's own, for as long as it is wanted. */
export class OwnCluster extends Cluster implements AsyncDisposable {
  /** Ends every process of it, removes its directory, and the users if they were made for it and no other cluster is up. */
  async stop(): Promise<void> {
    await stopCluster(this.description.root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

let started = 0;

/**
 * Starts a real Slurm on this machine's loopback: munge, MariaDB, slurmdbd, slurmctld, a slurmd for each node, slurmrestd and sshd. Needs root.
 * Installs Debian's packages where they are missing.
 * @throws it can't be started: why, with the last lines of the daemon that did not answer. Nothing is left of it.
 */
export async function startCluster(
  options: ClusterOptions & { readonly report?: (line: string) => void } = {},
): Promise<OwnCluster> {
  const { report = () => {}, nodes = 4, lifetime = "starter" } = options;
  const startedAt = new Date();
  if (process.getuid?.() !== 0 || process.platform !== "linux")
    throw new Error(
      "The testbed's daemons run jobs as several users of a Linux machine, which only root can. Try: sudo npm run cluster:up",
    );
  await installPackages(report);
  started += 1;
  const root = options.root ?? `/srv/scarf-cluster-${process.pid}-${started}`;
  await mkdir("/srv", { recursive: true });
  await makeEmptyRoot(root);
  try {
    const basePort = await withMachineLock(async () => {
      const base = await reserveBasePort(root, nodes, options.basePort);
      await addUsers(userIds);
      return base;
    });
    const ports = getPorts(basePort);
    const prepared = await prepareRoot(root, ports, options);
    const child = launch(root);
    const initPid = await waitUntilReady(child, root);
    await register(basePort, { root, pid: initPid, mark: getMark(root) });
    const description = await describe(options, { root, ports, prepared, initPid, startedAt });
    await writeFile(getDescriptionFile(root), `${JSON.stringify(description, undefined, 2)}\n`, {
      mode: 0o600,
    });
    if (lifetime === "until-stopped") child.stdin?.end("stay\n");
    child.unref();
    return new OwnCluster(description);
  } catch (error) {
    await stopCluster(root);
    throw error;
  }
}

/** A directory that is there already is somebody's. */
async function makeEmptyRoot(root: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await chmod(root, 0o755);
  if ((await readdir(root)).length > 0)
    throw new Error(
      `${root} is not empty. Give another directory, or remove it; a cluster there is stopped by: npm run cluster:down -- --root ${root}`,
    );
  // What a stop asks for before it removes anything.
  await writeFile(join(root, rootMark), "Made by the testbed of scarf-tomo, and removed by it.\n");
}

/** In namespaces of its own, whose first process takes everything with it when it ends. */
function launch(root: string): ChildProcess {
  const errors = openSync(join(root, "log/start.out"), "a", 0o600);
  const namespaces = ["--uts", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"];
  const child = spawn(
    "unshare",
    [...namespaces, "--", "bash", join(templateDirectory, "cluster.sh"), root, "init"],
    {
      env: daemonEnvironment(root),
      cwd: "/",
      detached: true,
      stdio: ["pipe", "pipe", errors],
    },
  );
  closeSync(errors);
  child.stdin?.on("error", () => {}); // it may have ended
  return child;
}

/** @returns the number of its first process. */
async function waitUntilReady(child: ChildProcess, root: string): Promise<number> {
  const { stdout } = child;
  if (stdout === null) throw new Error("started without a pipe");
  await new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      void readFile(join(root, "log/start.out"), "utf8").then(
        (text) => reject(new Error(`The cluster did not start.\n${text.trim()}`)),
        reject,
      );
    });
    createInterface(stdout).once("line", () => resolve());
  });
  stdout.destroy();
  const children = await readFile(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  return Number(children.trim());
}

interface Facts {
  readonly root: string;
  readonly ports: ClusterDescription["ports"];
  readonly prepared: PreparedRoot;
  readonly initPid: number;
  readonly startedAt: Date;
}

async function describe(
  { name = "lab", nodes = 4 }: ClusterOptions,
  { root, ports, prepared, initPid, startedAt }: Facts,
): Promise<ClusterDescription> {
  const [slurm, openssh, mariadb] = await Promise.all([
    runProgram(["slurmctld", "-V"]),
    runProgram(["ssh", "-V"]),
    runProgram(["mariadbd", "--version"]),
  ]);
  return {
    kind: "scarf-tomo cluster",
    root,
    initPid,
    startedAt: startedAt.toISOString(),
    startSeconds: (Date.now() - startedAt.getTime()) / 1000,
    name,
    nodes: Array.from({ length: nodes }, (_, index) => `n${index + 1}`),
    slurmConf: join(root, "etc/slurm.conf"),
    ports,
    restUrl: `http://127.0.0.1:${ports.slurmrestd}`,
    restSocket: join(root, "run/rest/slurmrestd.sock"),
    ssh: {
      host: "127.0.0.1",
      port: ports.sshd,
      otpPort: ports.sshdOtp,
      knownHostsFile: join(root, "client/known_hosts"),
      hostKeyFingerprint: prepared.hostKeyFingerprint,
      userCaFile: join(root, "client/user_ca"),
    },
    jwtKeyFile: join(root, "etc/jwt_hs256.key"),
    users: prepared.users,
    account: "science",
    versions: {
      slurm: slurm.stdout.trim().replace(/^slurm(?:-wlm)? /, ""),
      openssh: openssh.stderr.trim().split(",")[0] ?? "",
      mariadb: /Ver (\S+)/.exec(mariadb.stdout)?.[1] ?? "",
    },
    logDirectory: join(root, "log"),
  };
}

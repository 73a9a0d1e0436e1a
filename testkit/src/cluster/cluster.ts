import { createHmac } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterDescription } from "./cluster-description.js";
import { templateDirectory } from "./render-configuration.js";
import { type Ended, runOrThrow, runProgram, type RunProgramOptions } from "./run-program.js";

/** `slurmd-n1` is the one of node `n1`. There are two slurmrestd: on TCP, and on a unix socket. */
export type DaemonName =
  | "munged"
  | "mariadbd"
  | "slurmdbd"
  | "slurmctld"
  | `slurmd-n${number}`
  | "slurmrestd"
  | "slurmrestd-unix"
  | "sshd"
  | "sshd-otp";

/** A cluster that is up, with what faults need. Its daemons belong to all who use it: put back what was taken away. */
export class Cluster {
  readonly description: ClusterDescription;

  constructor(description: ClusterDescription) {
    this.description = description;
  }

  /**
   * Sends a signal to one daemon; after one that ends it (SIGKILL, SIGTERM …) waits until it has gone. Its jobs go on without their slurmd;
   * connections of sshd without their listener. @defaultValue "SIGKILL"
   */
  async kill(name: DaemonName, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#control("signal", name, signal);
  }

  /** Starts a daemon that has ended, and waits until it answers; one that runs stays as it is. */
  async start(name: DaemonName): Promise<void> {
    await this.#control("start", name);
  }

  /** Ends everything on a node at once, jobs included, as a lost machine does. `start` of its slurmd brings it back. */
  async endNode(node: string): Promise<void> {
    await this.#control("end-node", node);
  }

  /** Ends every connection of sshd to a client, as a network that goes away does; new ones may be made. */
  async cutSsh(): Promise<void> {
    await this.#inside(["sh", "-c", "pkill -KILL -f '^sshd: (alice|bob)' || true"]);
  }

  /** Runs a program of the cluster on this machine as a user of it; `root` may be one. */
  async run(
    user: string,
    argv: readonly [string, ...string[]],
    options: RunProgramOptions = {},
  ): Promise<Ended> {
    const { name, home } = { ...this.#find(user), ...(user === "root" && { name: "root", home: "/root" }) };
    if (name === undefined || home === undefined) throw new Error(`The cluster has no user ${user}.`);
    const change = ["--reuid", name, "--regid", name, "--init-groups"];
    return runProgram(["setpriv", ...change, "--", ...argv], {
      cwd: home,
      ...options,
      env: {
        PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
        HOME: home,
        USER: name,
        LOGNAME: name,
        LANG: "C.UTF-8",
        SLURM_CONF: this.description.slurmConf,
        ...options.env,
      },
    });
  }

  /** A token for slurmrestd; with a negative age one that has expired. @param lifetimeSeconds defaultValue 3600 */
  async mintToken(user: string, lifetimeSeconds = 3600): Promise<string> {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode({ exp: now + lifetimeSeconds, iat: now, sun: user })}`;
    const key = await readFile(this.description.jwtKeyFile);
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`;
  }

  #find(user: string): { readonly name?: string; readonly home?: string } {
    return Object.values(this.description.users).find(({ name }) => name === user) ?? {};
  }

  async #control(...verb: readonly string[]): Promise<void> {
    await this.#inside(["bash", join(templateDirectory, "cluster.sh"), this.description.root, ...verb]);
  }

  async #inside(argv: readonly [string, ...string[]]): Promise<void> {
    const { initPid, root } = this.description;
    if (!existsSync(`/proc/${initPid}`)) throw new Error(`The cluster in ${root} is not up any more.`);
    const namespaces = ["--target", String(initPid), "--pid", "--uts", "--mount"];
    await runOrThrow(["nsenter", ...namespaces, "--", ...argv], { env: daemonEnvironment(root) });
  }
}

/** Of everything that the cluster starts. The first line tells its processes from others. */
export function daemonEnvironment(root: string): Readonly<Record<string, string | undefined>> {
  return {
    SCARF_CLUSTER_ROOT: root,
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    LANG: "C.UTF-8",
    TZ: process.env["TZ"],
  };
}

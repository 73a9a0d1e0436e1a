import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Someone with a home directory on the cluster, and an account in Slurm. */
export interface ClusterUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** For sshd alone: this machine itself does not know it. */
  readonly password: string;
  /** Private key of OpenSSH, without a passphrase. */
  readonly keyFile: string;
}

/** Ports on 127.0.0.1. */
export interface ClusterPorts {
  readonly slurmctld: number;
  readonly slurmdbd: number;
  readonly slurmrestd: number;
  readonly sshd: number;
  /** An sshd that asks for a key and then, through PAM, for the password; at most 10 sessions in one connection. */
  readonly sshdOtp: number;
  readonly mariadb: number;
  /** Of node `n1`; the others follow. */
  readonly slurmdFirst: number;
}

/** Everything that a test has to know about a cluster that is up: what `cluster.json` holds. It names secrets. */
export interface ClusterDescription {
  readonly kind: "scarf-tomo cluster";
  readonly root: string;
  /** Process that everything of the cluster ends with, by its number outside. */
  readonly initPid: number;
  readonly startedAt: string;
  readonly startSeconds: number;
  readonly name: string;
  readonly nodes: readonly string[];
  /** For the environment: `SLURM_CONF`. */
  readonly slurmConf: string;
  readonly ports: ClusterPorts;
  /** Without a trailing slash. */
  readonly restUrl: string;
  /** slurmrestd's other way in. */
  readonly restSocket: string;
  readonly ssh: {
    readonly host: string;
    readonly port: number;
    readonly otpPort: number;
    /** The host keys of both daemons. */
    readonly knownHostsFile: string;
    /** `SHA256:…`, as ssh shows it. */
    readonly hostKeyFingerprint: string;
    /** Private key that both daemons trust to sign the keys of users. */
    readonly userCaFile: string;
  };
  /** Key of HS256 that slurmctld believes in; raw bytes. */
  readonly jwtKeyFile: string;
  readonly users: { readonly alice: ClusterUser; readonly bob: ClusterUser };
  readonly account: string;
  readonly versions: { readonly slurm: string; readonly openssh: string; readonly mariadb: string };
  /** Of the daemons, one or more files each. */
  readonly logDirectory: string;
}

export function getDescriptionFile(root: string): string {
  return join(root, "cluster.json");
}

/** @throws when there is none, or it is no description. */
export async function readDescription(file: string): Promise<ClusterDescription> {
  const value: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!isDescription(value)) throw new Error(`${file} does not describe a cluster of the testbed.`);
  return value;
}

function isDescription(value: unknown): value is ClusterDescription {
  return (
    typeof value === "object" && value !== null && "kind" in value && value.kind === "scarf-tomo cluster"
  );
}

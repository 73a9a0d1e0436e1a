import { randomBytes } from "node:crypto";
import { chmod, chown, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterPorts, ClusterUser } from "./cluster-description.js";
import type { ClusterOptions } from "./cluster-options.js";
import { getAccount, renderShadow } from "./cluster-users.js";
import { getValues, renderConfiguration } from "./render-configuration.js";
import { runOrThrow, runProgram } from "./run-program.js";

/** Of the machine; made by the testbed where they are missing. */
export const userIds = { alice: 2001, bob: 2002 } as const;

export interface PreparedRoot {
  readonly users: { readonly alice: ClusterUser; readonly bob: ClusterUser };
  readonly hostKeyFingerprint: string;
}

/** Writes everything below an empty root that the daemons find there when they start. */
export async function prepareRoot(
  root: string,
  ports: ClusterPorts,
  options: ClusterOptions,
): Promise<PreparedRoot> {
  await renderConfiguration(root, getValues(root, ports, randomBytes(12).toString("hex"), options));
  await makeDirectories(root);
  const slurm = await getAccount("slurm");
  const munge = await getAccount("munge");
  await writeSecret(join(root, "etc/jwt_hs256.key"), randomBytes(32), slurm);
  await writeSecret(join(root, "munge/munge.key"), randomBytes(128), munge);
  await chown(join(root, "etc/slurmdbd.conf"), slurm.uid, slurm.gid);
  const [hostKeyFingerprint, alice, bob] = await Promise.all([
    makeHostKeys(root, ports),
    makeUser(root, "alice"),
    makeUser(root, "bob"),
    makeUserCa(root),
    ...[0, 1].map((number) => makeGraphicsProcessor(root, number)),
  ]);
  const shadow = await renderShadow({ alice: alice.password, bob: bob.password });
  await writeFile(join(root, "etc/shadow"), shadow, { mode: 0o600 });
  return { users: { alice, bob }, hostKeyFingerprint };
}

async function makeDirectories(root: string): Promise<void> {
  const owners: Readonly<Record<string, string | undefined>> = {
    etc: undefined,
    client: undefined,
    dev: undefined,
    spool: undefined,
    run: undefined,
    "etc/ssh/keys": undefined,
    log: "slurm",
    state: "slurm",
    mysql: "slurm",
    "run/own": "slurm",
    "run/mysql": "slurm",
    "run/rest": "nobody",
    munge: "munge",
  };
  for (const [name, owner] of Object.entries(owners)) {
    const path = join(root, name);
    await mkdir(path, { recursive: true });
    // Whatever the mask of this process is.
    await chmod(path, name === "mysql" ? 0o750 : 0o755);
    if (owner === undefined) continue;
    const { uid, gid } = await getAccount(owner);
    await chown(path, uid, gid);
  }
}

async function writeSecret(
  path: string,
  bytes: Uint8Array,
  owner: { uid: number; gid: number },
): Promise<void> {
  await writeFile(path, bytes, { mode: 0o600 });
  await chown(path, owner.uid, owner.gid);
}

async function makeKey(path: string): Promise<void> {
  await runOrThrow(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "testbed", "-f", path]);
}

/** @returns the fingerprint. */
async function makeHostKeys(root: string, ports: ClusterPorts): Promise<string> {
  const path = join(root, "etc/ssh/host_ed25519");
  await makeKey(path);
  const key = (await readFile(`${path}.pub`, "utf8")).split(" ").slice(0, 2).join(" ");
  const lines = [ports.sshd, ports.sshdOtp].map((port) => `[127.0.0.1]:${port} ${key}\n`);
  await writeFile(join(root, "client/known_hosts"), lines.join(""), { mode: 0o644 });
  return (await runOrThrow(["ssh-keygen", "-l", "-f", `${path}.pub`])).split(" ")[1] ?? "";
}

async function makeUserCa(root: string): Promise<void> {
  const path = join(root, "client/user_ca");
  await makeKey(path);
  await copyFile(`${path}.pub`, join(root, "etc/ssh/user_ca.pub"));
}

async function makeUser(root: string, name: "alice" | "bob"): Promise<ClusterUser> {
  const keyFile = join(root, "client", name);
  await makeKey(keyFile);
  await copyFile(`${keyFile}.pub`, join(root, "etc/ssh/keys", name));
  return { ...(await getAccount(name)), password: randomBytes(9).toString("base64url"), keyFile };
}

/** A device that is one for Slurm: it is /dev/null. */
async function makeGraphicsProcessor(root: string, number: number): Promise<void> {
  const path = join(root, "dev", `gpu${number}`);
  const { exitCode, stderr } = await runProgram(["mknod", path, "c", "1", "3"]);
  if (exitCode !== 0) throw new Error(`${path} can't be made: ${stderr}`);
  await chmod(path, 0o666);
}

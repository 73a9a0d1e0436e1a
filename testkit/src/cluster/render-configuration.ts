import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ClusterOptions } from "./cluster-options.js";
import type { ClusterPorts } from "./cluster-description.js";

/** Templates and the script, as they lie in the repository. */
export const templateDirectory = fileURLToPath(new URL("../../cluster/", import.meta.url));

/** Modes of files that are not for everyone to read. */
const modes: Readonly<Record<string, number>> = {
  "slurmdbd.conf": 0o600,
  "database.sql": 0o600,
  "mail-program": 0o755,
};

/** What the templates name, between `@`. */
export function getValues(
  root: string,
  ports: ClusterPorts,
  databasePassword: string,
  options: ClusterOptions,
): Readonly<Record<string, string>> {
  const { name = "lab", nodes = 4, minJobAgeSeconds = 300, privateData, accountingStorageEnforce } = options;
  const plain = nodes - Math.floor(nodes / 2);
  const privateLine = privateData === undefined ? [] : [`PrivateData=${privateData}`];
  return {
    ROOT: root,
    CLUSTER_NAME: name,
    SLURMCTLD_PORT: String(ports.slurmctld),
    SLURMDBD_PORT: String(ports.slurmdbd),
    SLURMRESTD_PORT: String(ports.slurmrestd),
    SSHD_PORT: String(ports.sshd),
    SSHD_OTP_PORT: String(ports.sshdOtp),
    MARIADB_PORT: String(ports.mariadb),
    SLURMD_FIRST_PORT: String(ports.slurmdFirst),
    NODE_COUNT: String(nodes),
    NODES: [
      nodeLine(1, plain, ports.slurmdFirst, ""),
      ...(nodes > plain ? [nodeLine(plain + 1, nodes, ports.slurmdFirst, " Gres=gpu:2")] : []),
    ].join("\n"),
    GPU_NODES: `n[${plain + 1}-${nodes}]`,
    LONG_NODES: `n[1-${plain}]`,
    MIN_JOB_AGE_SECONDS: String(minJobAgeSeconds),
    DATABASE_PASSWORD: databasePassword,
    PRIVATE_DATA: privateLine.join("\n"),
    MORE: [
      ...privateLine,
      ...(accountingStorageEnforce === undefined
        ? []
        : [`AccountingStorageEnforce=${accountingStorageEnforce}`]),
      ...(options.slurmConf ?? []),
    ].join("\n"),
  };
}

function nodeLine(from: number, to: number, firstPort: number, more: string): string {
  const ports = `[${firstPort + from - 1}-${firstPort + to - 1}]`;
  return `NodeName=n[${from}-${to}] NodeHostname=localhost NodeAddr=127.0.0.1 Port=${ports} CPUs=2 RealMemory=2000${more} State=UNKNOWN`;
}

/** Writes each template below `root`/etc with its names filled in. @throws a template names what has no value. */
export async function renderConfiguration(
  root: string,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const source = join(templateDirectory, "etc");
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const text = (await readFile(path, "utf8")).replaceAll(/@([A-Z_]+)@/g, (whole, key: string) => {
      const value = values[key];
      if (value === undefined) throw new Error(`${path} names ${whole}, which has no value.`);
      return value;
    });
    const target = join(root, "etc", path.slice(source.length + 1));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, text, { mode: modes[entry.name] ?? 0o644 });
  }
}

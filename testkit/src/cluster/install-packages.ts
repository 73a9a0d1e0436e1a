import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { runOrThrow, runProgram } from "./run-program.js";

/** Debian's package for each file that the cluster needs. */
const needed: Readonly<Record<string, string>> = {
  "/usr/sbin/munged": "munge",
  "/usr/sbin/slurmctld": "slurmctld",
  "/usr/sbin/slurmd": "slurmd",
  "/usr/bin/sbatch": "slurm-client",
  "/usr/sbin/slurmrestd": "slurmrestd",
  "/usr/sbin/slurmdbd": "slurmdbd",
  "/usr/sbin/sshd": "openssh-server",
  "/usr/bin/ssh": "openssh-client",
  "/usr/bin/rsync": "rsync",
  "/usr/bin/curl": "curl",
  "/usr/sbin/mariadbd": "mariadb-server-core",
  "/usr/bin/mariadb": "mariadb-client-core",
  "/usr/bin/unshare": "util-linux",
  "/usr/bin/pkill": "procps",
};

/** Their files lie in a directory named after the machine. */
const plugins: Readonly<Record<string, string>> = {
  "auth_jwt.so": "slurm-wlm-jwt-plugin",
  "accounting_storage_mysql.so": "slurm-wlm-mysql-plugin",
};

/**
 * Makes sure that Slurm, OpenSSH and MariaDB are there; installs what is missing, without starting or enabling any daemon of it.
 * @throws something is missing and can't be installed: what to install by hand.
 */
export async function installPackages(report: (line: string) => void): Promise<void> {
  const packages = await findMissing();
  if (packages.length === 0) return;
  const command = `apt-get install --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    throw new Error(
      `The testbed needs programs that are not here. On Debian or Ubuntu, as root: ${command}. ` +
        "Elsewhere: Slurm with slurmrestd, slurmdbd and JWT, munge, MariaDB, OpenSSH.",
    );
  report(`Installing ${packages.join(", ")}.`);
  await withoutStartingDaemons(async () => {
    const options = { env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    await runOrThrow(["apt-get", "update", "-qq"], options);
    await runOrThrow(["apt-get", "install", "-y", "-qq", "--no-install-recommends", ...packages], options);
  });
  await disableUnits(packages);
  const left = await findMissing();
  if (left.length > 0)
    throw new Error(`These packages are installed, but their files are not there: ${left.join(", ")}.`);
}

async function findMissing(): Promise<readonly string[]> {
  const programs = Object.entries(needed).filter(([file]) => !existsSync(file));
  const { stdout } = await runProgram(["sh", "-c", "ls /usr/lib/*/slurm*/*.so 2>/dev/null; true"]);
  const files = new Set(stdout.split("\n").map((path) => path.slice(path.lastIndexOf("/") + 1)));
  const libraries = Object.entries(plugins).filter(([file]) => !files.has(file));
  return [...new Set([...programs, ...libraries].map(([, name]) => name))];
}

/** Debian asks this file before it starts the daemon of a new package. */
async function withoutStartingDaemons(body: () => Promise<void>): Promise<void> {
  const file = "/usr/sbin/policy-rc.d";
  if (existsSync(file)) return body();
  await writeFile(file, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    return await body();
  } finally {
    await rm(file);
  }
}

/** Nor shall the next start of the machine start one of those that were not there before. */
async function disableUnits(packages: readonly string[]): Promise<void> {
  const units: Readonly<Record<string, string>> = { "openssh-server": "ssh" };
  for (const name of packages)
    if (
      existsSync(`/usr/lib/systemd/system/${units[name] ?? name}.service`) ||
      existsSync(`/lib/systemd/system/${units[name] ?? name}.service`)
    )
      await runProgram(["systemctl", "disable", `${units[name] ?? name}.service`]).catch(() => undefined);
}

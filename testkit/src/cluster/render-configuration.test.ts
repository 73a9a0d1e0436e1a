import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findBusyPorts, getPorts } from "./cluster-ports.js";
import { getValues, renderConfiguration } from "./render-configuration.js";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "scarf-testbed-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const options = {
  nodes: 3,
  privateData: "jobs",
  accountingStorageEnforce: "limits",
  minJobAgeSeconds: 7,
  slurmConf: ["KillWait=3"],
};

describe("the cluster's configuration", () => {
  it("has every name filled in, and secrets for their owner alone", async () => {
    await renderConfiguration(root, getValues(root, getPorts(20_000), "secret-of-the-database", options));
    const files = (await readdir(root, { recursive: true, withFileTypes: true })).filter((entry) =>
      entry.isFile(),
    );
    expect(files.length).toBeGreaterThanOrEqual(8);
    for (const file of files) {
      const path = join(file.parentPath, file.name);
      const text = await readFile(path, "utf8");
      expect(text).not.toMatch(/@[A-Z_]+@/);
      const open = ((await stat(path)).mode & 0o077) !== 0;
      expect(open && text.includes("secret-of-the-database")).toBe(false);
    }
    const slurm = await readFile(join(root, "etc/slurm.conf"), "utf8");
    expect(slurm).toContain("SlurmctldPort=20017\n");
    expect(slurm).toContain("NodeName=n[1-2] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[20101-20102] ");
    expect(slurm).toContain("NodeName=n[3-3] NodeHostname=localhost NodeAddr=127.0.0.1 Port=[20103-20103] ");
    expect(slurm).toContain("MinJobAge=7\n");
    for (const line of ["PrivateData=jobs", "AccountingStorageEnforce=limits", "KillWait=3"])
      expect(slurm.trim().split("\n")).toContain(line);
    expect(await readFile(join(root, "etc/slurmdbd.conf"), "utf8")).toContain("PrivateData=jobs\n");
  });

  it("is not written when a template names what has no value", async () => {
    const { SSHD_PORT, ...values } = getValues(root, getPorts(20_000), "x", {});
    expect(SSHD_PORT).toBe("20022");
    await expect(renderConfiguration(root, values)).rejects.toThrow("names @SSHD_PORT@, which has no value");
  });
});

it("ports that another program has are found", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  try {
    expect(await findBusyPorts(port - 22, 1)).toContain(port);
    expect(await findBusyPorts(port - 102, 2)).toContain(port);
    expect(await findBusyPorts(port - 102, 1)).not.toContain(port);
  } finally {
    server.close();
  }
});

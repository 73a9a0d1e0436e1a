import { SshCommands } from "scarf-tomo";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DaemonName } from "./cluster.js";
import { submitJob, waitForState } from "./cluster-jobs.js";
import { type OwnCluster, startCluster } from "./start-cluster.js";

// A cluster of its own: others may be at work on the one that tests share.
let cluster: OwnCluster;
beforeAll(async () => {
  cluster = await startCluster({ nodes: 2 });
});
afterAll(() => cluster.stop());

describe("a cluster whose daemons are ended", () => {
  async function endAndStart(name: DaemonName): Promise<string> {
    await cluster.kill(name);
    await cluster.start(name);
    await cluster.start(name); // does nothing
    const job = await submitJob(cluster, "alice", "-w", "n1", "--wrap", "true");
    return waitForState(cluster, job, /^COMPLETED/);
  }

  it("goes on after its controller was killed and started again", async () => {
    expect(await endAndStart("slurmctld")).toBe("COMPLETED|0|n1|alice");
  });

  it("cuts every connection of ssh, and takes new ones", async () => {
    const { ssh, users } = cluster.description;
    const { host, port, knownHostsFile } = ssh;
    const { keyFile } = users.alice;
    const commands = new SshCommands({
      host,
      port,
      user: "alice",
      identityFile: keyFile,
      configFile: "none",
      knownHostsFile,
    });
    try {
      const { stdout, ended } = await commands.stream(["sh", "-c", "echo begun; sleep 60"]);
      let output = "";
      for await (const chunk of stdout) {
        output += Buffer.from(chunk).toString();
        if (output === "begun\n") await cluster.cutSsh();
      }
      await expect(ended).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      expect((await commands.run(["echo", "again"])).stdout).toBe("again\n");
    } finally {
      await commands.close();
    }
  });

  it("goes on after the others were, and loses a node with what runs on it", async () => {
    const lost = await submitJob(cluster, "bob", "-w", "n2", "--no-requeue", "--wrap", "sleep 600");
    await waitForState(cluster, lost, /^RUNNING/);
    await cluster.endNode("n2");
    // Slurm takes half a minute to notice.
    const others = [
      "slurmd-n1",
      "slurmrestd",
      "slurmrestd-unix",
      "sshd",
      "sshd-otp",
      "munged",
      "slurmdbd",
    ] as const;
    for (const name of others) expect(await endAndStart(name)).toBe("COMPLETED|0|n1|alice");
    await waitForState(cluster, lost, /^NODE_FAIL/);
    await cluster.start("slurmd-n2");
    const after = await submitJob(cluster, "bob", "-w", "n2", "--wrap", "true");
    expect(await waitForState(cluster, after, /^COMPLETED/)).toBe("COMPLETED|0|n2|bob");
  });
});

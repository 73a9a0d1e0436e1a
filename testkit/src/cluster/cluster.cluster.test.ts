import { request } from "node:http";
import { text } from "node:stream/consumers";
import { beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "./cluster.js";
import { submitJob, waitForState } from "./cluster-jobs.js";
import { runProgram } from "./run-program.js";
import { useCluster } from "./use-cluster.js";

let cluster: Cluster;
beforeAll(async () => {
  cluster = await useCluster();
});

async function ask(path: string, token: string, user: string): Promise<string> {
  const { restSocket } = cluster.description;
  const headers = { "X-SLURM-USER-NAME": user, "X-SLURM-USER-TOKEN": token };
  return new Promise((resolve, reject) => {
    request({ socketPath: restSocket, path, headers }, (answer) => void text(answer).then(resolve, reject))
      .once("error", reject)
      .end();
  });
}

describe("a cluster of the testbed", () => {
  it("runs jobs of two users on the nodes they ask for", async () => {
    const [one, two] = [
      await submitJob(cluster, "alice", "-w", "n2", "--wrap", "exit 3"),
      await submitJob(
        cluster,
        "bob",
        "-w",
        "n3",
        "--gres=gpu:2",
        "--wrap",
        'test "$CUDA_VISIBLE_DEVICES" = 0,1 && test "$(id -un)" = bob',
      ),
    ];
    expect(await waitForState(cluster, one, /^FAILED/)).toBe("FAILED|768|n2|alice");
    expect(await waitForState(cluster, two, /^COMPLETED/)).toBe("COMPLETED|0|n3|bob");
    // Accounting knows it by its id at once, and by its name some seconds later (22.05.8).
    const { stdout: id } = await cluster.run("root", ["squeue", "-h", "-t", "all", "-n", one, "-o", "%A"]);
    const { stdout } = await cluster.run("alice", [
      "sacct",
      "-X",
      "-P",
      "-n",
      "-j",
      id.trim(),
      "-o",
      "exitcode,account",
    ]);
    expect(stdout).toBe("3:0|science\n");
  });

  it("answers over REST, on TCP and on a socket, to tokens made here", async () => {
    const { restUrl } = cluster.description;
    const token = await cluster.mintToken("alice");
    const headers = { "X-SLURM-USER-NAME": "alice", "X-SLURM-USER-TOKEN": token };
    const answer = await fetch(`${restUrl}/slurm/v0.0.38/ping`, { headers });
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('"UP"')]);
    expect(await ask("/slurm/v0.0.38/ping", token, "alice")).toContain('"UP"');
    expect(await ask("/slurm/v0.0.38/ping", await cluster.mintToken("alice", -60), "alice")).toContain(
      '"error"',
    );
  });

  it("lets its users in by ssh, and only with their own key", async () => {
    const { ssh, users } = cluster.description;
    const options = ["-F", "/dev/null", "-o", "BatchMode=yes", "-o", "GlobalKnownHostsFile=/dev/null"];
    const logIn = (user: string, keyFile: string) =>
      runProgram([
        "ssh",
        ...options,
        "-p",
        String(ssh.port),
        "-o",
        `UserKnownHostsFile=${ssh.knownHostsFile}`,
        "-i",
        keyFile,
        `${user}@${ssh.host}`,
        "squeue -h -u $USER >/dev/null && id -un",
      ]);
    expect(await logIn("alice", users.alice.keyFile)).toMatchObject({ exitCode: 0, stdout: "alice\n" });
    expect(await logIn("bob", users.alice.keyFile)).toMatchObject({ exitCode: 255 });
  });
});

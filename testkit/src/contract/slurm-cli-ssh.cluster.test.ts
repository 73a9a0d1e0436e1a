import { tmpdir } from "node:os";
import { SlurmCliResource, SshCommands } from "scarf-tomo";
import { useCluster } from "../cluster/index.js";
import { computeResourceContract } from "./contract.js";
import { slurmCliGaps } from "./slurm-cli-gaps.js";

computeResourceContract("slurm-cli over ssh", {
  async open() {
    const { description } = await useCluster();
    const { host, port, knownHostsFile } = description.ssh;
    const resource = new SlurmCliResource({
      id: "lab",
      openTransport: (userName = "alice") => {
        const { keyFile: identityFile } = description.users[userName === "bob" ? "bob" : "alice"];
        return new SshCommands({
          host,
          port,
          user: userName,
          knownHostsFile,
          configFile: "none",
          identityFile,
        });
      },
      sharedDirectories: [tmpdir()],
    });
    return {
      resource,
      credentials: { userName: "alice" },
      otherCredentials: { userName: "bob" },
      close: () => resource.close(),
    };
  },
  unsupported: slurmCliGaps,
});

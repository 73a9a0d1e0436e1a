import { tmpdir } from "node:os";
import { LocalCommands, SlurmCliResource } from "scarf-tomo";
import { useCluster } from "../cluster/index.js";
import { computeResourceContract } from "./contract.js";
import { slurmCliGaps } from "./slurm-cli-gaps.js";

computeResourceContract("slurm-cli on this machine", {
  async open() {
    const { description } = await useCluster();
    const resource = new SlurmCliResource({
      id: "lab",
      openTransport: (userName) => new LocalCommands(userName === undefined ? {} : { asUser: userName }),
      environment: { SLURM_CONF: description.slurmConf },
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

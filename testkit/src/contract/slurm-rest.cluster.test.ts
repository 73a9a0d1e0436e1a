import { tmpdir } from "node:os";
import { SlurmRestResource } from "scarf-tomo";
import { useCluster } from "../cluster/index.js";
import { computeResourceContract } from "./contract.js";

computeResourceContract("slurm-rest", {
  async open() {
    const { description } = await useCluster();
    const resource = new SlurmRestResource({
      id: "cluster",
      baseUrl: description.restUrl,
      token: { kind: "key", keyFile: description.jwtKeyFile },
      sharedFolder: { home: "/home/{user}", shared: [tmpdir()] },
    });
    return {
      resource,
      credentials: { userName: "alice" },
      otherCredentials: { userName: "bob" },
      close: () => resource.close(),
    };
  },
  unsupported: {
    "takes a job of several tasks with several cores": "a node of the test cluster has two processors",
    "ends a job whose time is over, and says so":
      "Slurm counts in minutes and looks every half a minute, which is longer than the case waits",
    "ends a job that uses more memory than its limit, or refuses the limit":
      "only cgroups hold a job to its memory, and the test cluster runs without them",
  },
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalResource, MantidWebResource } from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";
import { computeResourceContract } from "./contract.js";

const noFiles = "the interface knows no files outside of transactions, not even to send";

computeResourceContract("mantid-web → gateway → local", {
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "scarf-mantid-"));
    const stateDirectory = join(folder, "state");
    const users = join(stateDirectory, "users");
    await addUser(users, "anna", "the password of anna");
    await addUser(users, "ben", "the password of ben");
    const local = new LocalResource({ workspace: join(folder, "workspace"), slots: 16, idleSeconds: 0.5 });
    const gateway = await startGateway(
      { listen: "127.0.0.1:0", stateDirectory, log: { level: "silent" }, mantidWeb: { enabled: true } },
      { resources: [local] },
    );
    const resource = new MantidWebResource({ id: "gateway", baseUrl: `${gateway.url}MantidRemote` });
    return {
      resource,
      credentials: { userName: "anna", password: "the password of anna" },
      otherCredentials: { userName: "ben", password: "the password of ben" },
      async close() {
        await resource.close();
        await gateway.close();
        await local.close();
        await rm(folder, { recursive: true, force: true, maxRetries: 20 });
      },
    };
  },
  unsupported: {
    "keeps the files of users apart": noFiles,
    "stores a file as it was sent, empty and large ones too": noFiles,
    "stores files under every name that a file can have": noFiles,
    "refuses names that are none": noFiles,
    "lets no path lead out of the user's directory": noFiles,
    "replaces a file only when it is told to": noFiles,
    "keeps nothing of a file whose sending fails": noFiles,
    "ends an upload in the middle, and keeps nothing of it": noFiles,
    "shows the shell line of a job as it was typed":
      "the interface takes scripts only, and lists show how they are started",
    "refuses a working directory that is missing or relative":
      "the script changes into the directory; a missing one ends the job with exit code 126",
  },
});

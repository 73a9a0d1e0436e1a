import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalResource, PacResource } from "scarf-tomo";
import { addUser, startGateway } from "scarf-tomo-gateway";
import { computeResourceContract } from "./contract.js";

computeResourceContract("pac → gateway → local", {
  async open() {
    const folder = await mkdtemp(join(tmpdir(), "scarf-gateway-"));
    const stateDirectory = join(folder, "state");
    const users = join(stateDirectory, "users");
    await addUser(users, "anna", "the password of anna");
    await addUser(users, "ben", "the password of ben");
    const local = new LocalResource({ workspace: join(folder, "workspace"), slots: 16, idleSeconds: 0.5 });
    const gateway = await startGateway(
      { listen: "127.0.0.1:0", stateDirectory, log: { level: "silent" } },
      { resources: [local] },
    );
    const resource = new PacResource({
      id: "gateway",
      baseUrl: gateway.pacUrl,
      login: { kind: "token-page", url: `${gateway.url}cgi-bin/token.py` },
    });
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
});

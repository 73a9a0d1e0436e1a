import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LocalResource } from "scarf-tomo";
import { computeResourceContract } from "./contract.js";

computeResourceContract("local", {
  async open() {
    const workspace = await mkdtemp(join(tmpdir(), "scarf-local-"));
    const resource = new LocalResource({ workspace, slots: 16, idleSeconds: 0.5 });
    return {
      resource,
      credentials: { userName: "anna" },
      otherCredentials: { userName: "ben@site.example" },
      async close() {
        await resource.close();
        // The engine ends by itself when it has been idle; it would make files again while they are removed.
        for (let round = 0; round < 50 && /engine running/.test((await resource.ping()).message); round += 1)
          await sleep(100);
        await rm(workspace, { recursive: true, force: true, maxRetries: 5 });
      },
    };
  },
});

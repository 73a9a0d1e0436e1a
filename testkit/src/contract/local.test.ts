import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
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
        await rm(workspace, { recursive: true, force: true, maxRetries: 20 });
      },
    };
  },
});
